import { appendFile, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { TrialId } from '../core/ids.ts'
import type { Checkpoint } from './agents/agent.ts'

/** The agents' checkpoints on one node: a log of JSON lines for each attempt. */
export class Checkpoints {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async open(folder: string): Promise<Checkpoints> {
    await mkdir(folder, { recursive: true })
    return new Checkpoints(folder)
  }

  of(trial: TrialId, attempt: number): Checkpoint {
    const path = this.#pathOf(trial, attempt)
    let mended = false
    return {
      load: async () => (await readLog(path)).at(-1) ?? null,
      entries: () => readLog(path),
      async save(state) {
        if (!mended) await endLastLine(path)
        mended = true
        const file = await open(path, 'a')
        try {
          await file.appendFile(`${JSON.stringify(state)}\n`)
          await file.datasync()
        } finally {
          await file.close()
        }
      },
    }
  }

  /** An attempt that has ended leaves nothing to go on with. */
  async remove(trial: TrialId, attempt: number): Promise<void> {
    await rm(this.#pathOf(trial, attempt), { force: true })
  }

  /** Drops the logs of attempts that nobody goes on with. */
  async keepOnly(attempts: readonly { trial: string; attempt: number }[]): Promise<void> {
    const kept = new Set(attempts.map(({ trial, attempt }) => nameOf(trial, attempt)))
    for (const name of await readdir(this.#folder)) {
      if (!kept.has(name)) await rm(join(this.#folder, name), { force: true })
    }
  }

  #pathOf(trial: TrialId, attempt: number): string {
    return join(this.#folder, nameOf(trial, attempt))
  }
}

const nameOf = (trial: string, attempt: number) => `${trial}.${attempt}.ndjson`

async function readLog(path: string): Promise<readonly unknown[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return text
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => parsed(line))
}

/** A line that a crash cut off, and that a later one was written behind, is none. */
function parsed(line: string): unknown[] {
  try {
    return [JSON.parse(line)]
  } catch {
    return []
  }
}

/** What a crash cut off must not become the beginning of the next line. */
async function endLastLine(path: string): Promise<void> {
  const facts = await stat(path).catch(() => null)
  if (facts === null || facts.size === 0) return
  const file = await open(path, 'r')
  const last = Buffer.alloc(1)
  await file.read(last, 0, 1, facts.size - 1)
  await file.close()
  if (last.toString() !== '\n') await appendFile(path, '\n')
}
