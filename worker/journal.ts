import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** An activity that this node has taken on: enough to answer for it after a crash. */
export interface JournalEntry {
  readonly trial: string
  readonly attempt: number
  readonly activity: string
  /** Base64: lets whoever holds it answer for the activity, once. */
  readonly taskToken: string
  /** What the next process needs to go on with it; absent where it can only be handed back. */
  readonly resume?: unknown
  /** What the activity came to, once that is known: only the server has not heard it yet. */
  readonly answer?: unknown
}

const entrySchema = z.object({
  trial: z.string(),
  attempt: z.number(),
  activity: z.string(),
  taskToken: z.string(),
  resume: z.unknown().optional(),
  answer: z.unknown().optional(),
})

/** The activities under way on a node, one small file for each, for the process that comes after. */
export class Journal {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async open(folder: string): Promise<Journal> {
    await mkdir(folder, { recursive: true })
    return new Journal(folder)
  }

  /** Also to say more of an activity that was begun before. */
  async begin(entry: JournalEntry): Promise<void> {
    const path = this.#pathOf(entry)
    await writeFile(`${path}.new`, JSON.stringify(entry))
    await rename(`${path}.new`, path)
  }

  async end(entry: JournalEntry): Promise<void> {
    await rm(this.#pathOf(entry), { force: true })
  }

  /** What an earlier process left unfinished. */
  async left(): Promise<JournalEntry[]> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('.json'))
    const entries: JournalEntry[] = []
    for (const name of names) {
      const text = await readFile(join(this.#folder, name), 'utf8')
      const parsed = entrySchema.safeParse(parseJson(text))
      if (parsed.success) entries.push(parsed.data)
      else await rm(join(this.#folder, name), { force: true })
    }
    return entries
  }

  #pathOf({ trial, attempt, activity }: JournalEntry): string {
    return join(this.#folder, `${trial}.${attempt}.${activity}.json`)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
