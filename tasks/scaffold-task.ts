import { cp, mkdir, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../core/failure.ts'
import { problemsFailure } from '../core/problems.ts'

/** A whole task that works as it is: what `sbench task new` starts authors off with. */
const TEMPLATE = fileURLToPath(new URL('./template/', import.meta.url))

/**
 * Writes a fresh task into `<parent>/<name>`: instruction, environment, a verifier with partial
 * credit, the reference solution and three variants. It passes `sbench task check` unchanged.
 *
 * @returns the task's folder.
 * @throws Failure `input.invalid` on a name that is no folder name, `task.exists` when the folder
 * holds anything.
 */
export async function scaffoldTask(parent: string, name: string): Promise<string> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    const remedy = 'lower-case letters, digits and dashes'
    throw problemsFailure('input.invalid', 'new task', [{ path: 'name', value: name, remedy }])
  }
  const dir = join(resolve(parent), name)
  await mkdir(dir, { recursive: true })
  if ((await readdir(dir)).length > 0) {
    throw new Failure('task.exists', `${dir} is not empty. Choose another name, or remove it.`, {
      facts: { dir },
    })
  }
  await cp(TEMPLATE, dir, { recursive: true })
  return dir
}
