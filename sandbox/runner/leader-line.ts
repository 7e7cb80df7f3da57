/** `echo $$` and the end of its line. */
const MAX_BYTES = 12

/** The first line of standard error that our wrapper writes: the command's process id. */
export class LeaderLine {
  /** Null when the wrapper's line never came. */
  readonly found: Promise<number | null>
  readonly #finding = Promise.withResolvers<number | null>()
  #start: Buffer | null = Buffer.alloc(0)
  #heard = false

  constructor() {
    this.found = this.#finding.promise
  }

  /** Whether the command was begun at all. */
  get heard(): boolean {
    return this.#heard
  }

  /** @returns what is the command's own. */
  take(bytes: Buffer): Buffer {
    if (this.#start === null) return bytes
    const start = Buffer.concat([this.#start, bytes])
    const line = /^(\d{1,10})\n/.exec(start.subarray(0, MAX_BYTES).toString('latin1'))
    if (line === null && start.length < MAX_BYTES) {
      this.#start = start
      return Buffer.alloc(0)
    }
    this.#start = null
    this.#heard = line !== null
    this.#finding.resolve(line === null ? null : Number(line[1]))
    return start.subarray(line?.[0].length ?? 0)
  }

  /** Nothing more will come. @returns what was held back. */
  end(): Buffer {
    const rest = this.#start ?? Buffer.alloc(0)
    this.#start = null
    this.#finding.resolve(null)
    return rest
  }
}
