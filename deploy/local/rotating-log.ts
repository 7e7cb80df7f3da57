import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

export interface RotatingLogOptions {
  /** A file that would grow past this is set aside as `<file>.1`. */
  readonly maxBytes?: number
  /** How many set-aside files are kept. */
  readonly kept?: number
}

/**
 * A log file of bounded size. Writes are synchronous: the last words of a part that dies are on disk
 * before anything is done about its death. On a full disk lines are lost, counted and reported later;
 * the writer goes on.
 */
export class RotatingLog implements Disposable {
  readonly #file: string
  readonly #maxBytes: number
  readonly #kept: number
  #descriptor: number
  #bytes: number
  #lostBytes = 0

  constructor(file: string, { maxBytes = 10_000_000, kept = 2 }: RotatingLogOptions = {}) {
    this.#file = file
    this.#maxBytes = maxBytes
    this.#kept = kept
    this.#descriptor = openSync(file, 'a', 0o600)
    this.#bytes = fstatSync(this.#descriptor).size
  }

  write(chunk: string | Uint8Array): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    try {
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#maxBytes) this.#rotate()
      if (this.#lostBytes > 0) {
        writeSync(this.#descriptor, `[${this.#lostBytes} bytes of log lost: the disk was full]\n`)
        this.#lostBytes = 0
      }
      writeSync(this.#descriptor, bytes)
      this.#bytes += bytes.length
    } catch (error) {
      if (!isCode(error, 'ENOSPC')) throw error
      this.#lostBytes += bytes.length
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }

  #rotate(): void {
    closeSync(this.#descriptor)
    for (let age = this.#kept; age >= 1; age--) {
      const from = age === 1 ? this.#file : `${this.#file}.${age - 1}`
      renameIfThere(from, `${this.#file}.${age}`)
    }
    this.#descriptor = openSync(this.#file, 'w', 0o600)
    this.#bytes = 0
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
