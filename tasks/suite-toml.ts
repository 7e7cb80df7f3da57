import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { z } from 'zod'
import { type Problem, problemsOf } from '../core/problems.ts'

/** What a suite says about itself in its suite.toml. */
const suiteToml = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, 'lower-case letters, digits, - . and _'),
  version: z.string().min(1),
  description: z.string().default(''),
  /** Folders of its tasks in the order to show them in; by default all of them, by name. */
  tasks: z
    .array(z.string().regex(/^[^./\\][^/\\]*$/, 'the name of a folder in the suite'))
    .min(1)
    .optional(),
})

export type SuiteToml = z.output<typeof suiteToml>

export type SuiteTomlReading =
  | { readonly suite: SuiteToml }
  | { readonly suite: null; readonly problems: readonly Problem[] }

/** @returns null when the folder has no suite.toml. */
export async function readSuiteToml(dir: string): Promise<SuiteTomlReading | null> {
  const text = await readFile(join(dir, 'suite.toml'), 'utf8').catch(() => null)
  if (text === null) return null
  try {
    const document = parse(text)
    const parsed = suiteToml.safeParse(document)
    if (!parsed.success) return { suite: null, problems: problemsOf(parsed.error, document) }
    const doubles = (parsed.data.tasks ?? []).filter((name, at, all) => all.indexOf(name) !== at)
    if (doubles.length === 0) return { suite: parsed.data }
    const remedy = 'named twice: once is enough'
    return { suite: null, problems: doubles.map((value) => ({ path: 'tasks', value, remedy })) }
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const remedy = `not TOML at line ${error.line}: ${error.message.split('\n')[0]}`
    return { suite: null, problems: [{ path: 'suite.toml', remedy }] }
  }
}
