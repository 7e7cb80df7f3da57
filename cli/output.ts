/** Where a command writes; `process.stdout` and `process.stderr` are such streams. */
export interface TextStream {
  write(text: string, done?: () => void): unknown
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

export interface OutputStreams {
  readonly stdout: TextStream
  readonly stderr: TextStream
}

/** Data goes to stdout, talk to stderr: a pipe never sees the talk. */
export class Output {
  /** The caller asked for JSON: stdout carries one document and nothing else. */
  readonly json: boolean
  readonly stdout: TextStream
  readonly stderr: TextStream
  #answered = false

  constructor(json: boolean, { stdout, stderr }: OutputStreams) {
    this.json = json
    this.stdout = stdout
    this.stderr = stderr
  }

  /** Whether stdout has the command's document already: an error then goes to stderr. */
  get answered(): boolean {
    return this.#answered
  }

  /** The command's answer: the value as JSON, or its text for people. Said once a command. */
  answer(value: unknown, text: () => string): void {
    this.#answered = true
    const shown = this.json ? JSON.stringify(value, null, 2) : text()
    if (shown !== '') this.stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`)
  }

  say(line: string): void {
    this.stderr.write(`${line}\n`)
  }
}
