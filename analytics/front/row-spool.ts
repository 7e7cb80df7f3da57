import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Failure } from '../../core/failure.ts'

/** The rows of one INSERT in a file, until it is done. */
export interface SpooledRows extends AsyncDisposable {
  readonly path: string
  readonly bytes: number
}

/**
 * Keeps the rows of INSERTs in files while the engine reads them, so that however large a batch
 * is, it passes through memory in pieces.
 */
export class RowSpool {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Makes the spool inside the engine's data folder, and clears what a killed process left there.
   *
   * @throws Failure `config.invalid` when the folder's name has characters that the engine would
   * take for a pattern.
   */
  static open(dataFolder: string): RowSpool {
    const folder = join(resolve(dataFolder), 'front-rows')
    if (/[*?{}]/.test(folder)) {
      const message = `The data folder ${dataFolder} must not have any of * ? { } in its path.`
      throw new Failure('config.invalid', message, { facts: { folder: dataFolder } })
    }
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    return new RowSpool(folder)
  }

  /** Writes rows down; the file goes when the result is disposed of, or when `parts` fails. */
  async put(parts: AsyncIterable<Buffer>): Promise<SpooledRows> {
    const path = join(this.#folder, randomUUID())
    const remove = () => rm(path, { force: true })
    let bytes = 0
    try {
      await using file = await open(path, 'wx')
      for await (const part of parts) {
        await file.writeFile(part)
        bytes += part.length
      }
    } catch (error) {
      await remove()
      throw error
    }
    return { path, bytes, [Symbol.asyncDispose]: remove }
  }
}
