import type { Readable } from 'node:stream'
import { tarOfFiles } from './tar.ts'
import type { Task } from './task.ts'
import { readTaskTree } from './task-tree.ts'

const PREFIX = 'environment/'

/**
 * What of `environment/` no image is built from: with a `docker_image` and no Dockerfile the files
 * there are put into the working folder, as in Harbor.
 *
 * @param taskDir the task's folder on this machine.
 * @returns a tar to unpack there, owned by root; null when there is nothing to put.
 */
export async function leftoverFiles(
  { environment }: Pick<Task, 'environment'>,
  taskDir: string,
): Promise<Readable | null> {
  if (environment.kind !== 'prebuilt') return null
  const { files } = await readTaskTree(taskDir)
  const left = files
    .filter(({ path }) => path.startsWith(PREFIX))
    .map((file) => ({ ...file, path: file.path.slice(PREFIX.length) }))
    .filter(({ path }) => path !== '')
  const hasDockerfile = left.some(({ path }) => path === 'Dockerfile')
  return hasDockerfile || left.length === 0 ? null : tarOfFiles(left)
}
