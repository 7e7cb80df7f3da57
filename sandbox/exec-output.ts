import { CappedOutput } from './capped-output.ts'
import { FrameDecoder, type OutputStream } from './frame-decoder.ts'
import type { CappedText, ExecOptions } from './sandbox.ts'

export const DEFAULT_OUTPUT_LIMIT_BYTES = 1024 * 1024

/** `echo $$` as it begins the standard error of every command; see `exec.ts`. */
const LEADER_LINE_BYTES = 12

/** The output of one command: taken apart, capped, passed on, and relieved of our own first line. */
export class ExecOutput {
  /** Process id of the command inside the container; null until it is known. */
  leader: number | null = null
  readonly #stdout: CappedOutput
  readonly #stderr: CappedOutput
  readonly #decoder = new FrameDecoder((stream, bytes) => this.#take(stream, bytes))
  readonly #listeners: Record<OutputStream, (bytes: Uint8Array) => void>
  #firstLine: Buffer | null = Buffer.alloc(0)

  /** @param saysLeader whether the command is one that `exec.ts` has wrapped. */
  constructor(
    { outputLimitBytes = DEFAULT_OUTPUT_LIMIT_BYTES, onOutput }: ExecOptions,
    { saysLeader = true } = {},
  ) {
    if (!saysLeader) this.#firstLine = null
    this.#stdout = new CappedOutput(outputLimitBytes)
    this.#stderr = new CappedOutput(outputLimitBytes)
    this.#listeners = {
      stdout: listener('stdout', outputLimitBytes, onOutput),
      stderr: listener('stderr', outputLimitBytes, onOutput),
    }
  }

  push(chunk: Buffer): void {
    this.#decoder.push(chunk)
  }

  result(): { stdout: CappedText; stderr: CappedText } {
    if (this.#firstLine !== null) this.#endFirstLine(this.#firstLine)
    return { stdout: this.#stdout.text(), stderr: this.#stderr.text() }
  }

  #take(stream: OutputStream, bytes: Uint8Array): void {
    if (stream === 'stdout' || this.#firstLine === null) this.#keep(stream, bytes)
    else this.#takeFirstLine(Buffer.concat([this.#firstLine, bytes]))
  }

  #takeFirstLine(start: Buffer): void {
    const line = /^(\d{1,10})\n/.exec(start.subarray(0, LEADER_LINE_BYTES).toString('latin1'))
    if (line !== null) {
      this.leader = Number(line[1])
      this.#endFirstLine(start.subarray(line[0].length))
    } else if (start.length < LEADER_LINE_BYTES) this.#firstLine = start
    else this.#endFirstLine(start)
  }

  #endFirstLine(rest: Buffer): void {
    this.#firstLine = null
    if (rest.length > 0) this.#keep('stderr', rest)
  }

  #keep(stream: OutputStream, bytes: Uint8Array): void {
    const output = stream === 'stdout' ? this.#stdout : this.#stderr
    output.push(bytes)
    this.#listeners[stream](bytes)
  }
}

/** Decodes across pieces, and stops at the limit: what is dropped from the result is not told. */
function listener(
  stream: OutputStream,
  limitBytes: number,
  onOutput: ExecOptions['onOutput'],
): (bytes: Uint8Array) => void {
  if (onOutput === undefined) return () => undefined
  const decoder = new TextDecoder()
  let left = limitBytes
  return (bytes) => {
    if (left === 0) return
    const told = bytes.subarray(0, left)
    left -= told.length
    const text = decoder.decode(told, { stream: true })
    if (text !== '') onOutput(stream, text)
  }
}
