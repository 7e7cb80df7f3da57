import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Plans that every task with such a folder has without writing them down: they carry it out. */
export const PLAN_FOLDERS: Readonly<Record<string, string>> = {
  engineer: 'solution',
  alternative: 'variants/alternative',
  partial: 'variants/partial',
  cheat: 'variants/cheat',
}

const SUFFIX = '.yaml'

/** Where a task keeps a plan of its own. */
export const planPath = (taskDir: string, name: string): string =>
  join(taskDir, 'plans', `${name}${SUFFIX}`)

/** The plans of a task by name: `scripted/<name>` is the model that plays one. */
export async function planNames(taskDir: string): Promise<string[]> {
  const written = await readdir(join(taskDir, 'plans')).catch(() => [])
  const own = written
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
  const made: string[] = []
  for (const [name, folder] of Object.entries(PLAN_FOLDERS)) {
    const script = await stat(join(taskDir, folder, 'solve.sh')).catch(() => null)
    if (script !== null) made.push(name)
  }
  return [...new Set([...own, ...made])].sort()
}
