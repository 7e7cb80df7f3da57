import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Failure } from '../core/failure.ts'
import type { Problem } from '../core/problems.ts'
import { type FileTree, readFileTree } from './file-tree.ts'

/** The entries of a task's folder that decide how it behaves; everything else is ignored. */
export const TASK_ENTRIES = [
  'task.toml',
  'instruction.md',
  'environment',
  'tests',
  'solution',
  'variants',
  'plans',
] as const

/** The most that a task may hold, unpacked: it travels to every node that runs it. */
export const MAX_TASK_BYTES = 512 * 1024 * 1024

/**
 * The files of a task. Links may point anywhere in the task's suite (the parent folder, when it has
 * a suite.toml), or else in the task's own folder.
 *
 * @throws Failure `task.not-found` when there is no such folder.
 */
export async function readTaskTree(dir: string): Promise<FileTree> {
  if (!(await isFolder(dir))) {
    throw new Failure('task.not-found', `No task at ${dir}: there is no such folder.`, {
      facts: { dir },
    })
  }
  const tree = await readFileTree(dir, { root: await suiteRootOf(dir), only: TASK_ENTRIES })
  return { ...tree, problems: [...tree.problems, ...tooLarge(tree)] }
}

/** The folder that links of a task may point into: its suite, or else the task itself. */
export async function suiteRootOf(taskDir: string): Promise<string> {
  const parent = dirname(resolve(taskDir))
  return (await exists(join(parent, 'suite.toml'))) ? parent : taskDir
}

function tooLarge({ files }: FileTree): Problem[] {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  if (bytes <= MAX_TASK_BYTES) return []
  const largest = files.reduce((a, b) => (b.bytes > a.bytes ? b : a))
  const remedy =
    `the task holds ${inMegabytes(bytes)} MB and may hold ${inMegabytes(MAX_TASK_BYTES)}: ` +
    'put large data into the image'
  return [{ path: largest.path, value: largest.bytes, remedy }]
}

const inMegabytes = (bytes: number) => Math.ceil(bytes / 1024 / 1024)

export async function isFolder(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => null)
  return stats?.isDirectory() ?? false
}

export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}
