import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { type Problem, problemsFailure } from '../core/problems.ts'
import type { FileTree } from './file-tree.ts'
import type { HostEnvironment } from './host-variables.ts'
import { withoutCanary } from './instruction.ts'
import type { Task } from './task.ts'
import { environmentDigest, printFiles, taskDigest } from './task-digest.ts'
import { configureTask } from './task-from-toml.ts'
import { checkLayout, variantsOf } from './task-layout.ts'
import { parseTaskToml } from './task-toml.ts'
import { readTaskTree } from './task-tree.ts'

export interface LoadTaskOptions {
  /**
   * Where `${VAR}` in the task's env tables is looked up; empty by default. A task decides which
   * names it reads, so pass what tasks may know, never the whole environment of a process.
   */
  readonly hostEnvironment?: HostEnvironment
  /** The task's name when it has none in task.toml; by default the name of its folder. */
  readonly name?: string
}

/** A task, or all that is wrong with it. */
export type TaskReading =
  | { readonly task: Task }
  | { readonly task: null; readonly problems: readonly Problem[] }

/**
 * Reads and checks one task, ours or Harbor's.
 *
 * @throws Failure `task.not-found` without such a folder, `task.invalid` with every problem of it.
 */
export async function loadTask(dir: string, options: LoadTaskOptions = {}): Promise<Task> {
  const reading = await readTask(dir, options)
  if (reading.task === null) throw problemsFailure('task.invalid', `task ${dir}`, reading.problems)
  return reading.task
}

/**
 * As {@link loadTask}, with the problems of an invalid task as a value.
 *
 * @throws Failure `task.not-found` when there is no such folder.
 */
export async function readTask(dir: string, options: LoadTaskOptions = {}): Promise<TaskReading> {
  const { hostEnvironment = {} } = options
  const tree = await readTaskTree(dir)
  const source = await textOf(tree, 'task.toml')
  const parsed = source === null ? NO_TOML : parseTaskToml(source, hostEnvironment)
  const layout = await checkLayout(dir, tree, parsed.document)
  const instruction = withoutCanary((await textOf(tree, 'instruction.md')) ?? '')

  const has = (path: string) => tree.files.some((file) => file.path === path)
  const problems = [...parsed.problems, ...layout.problems]
  if (has('instruction.md') && instruction.trim() === '') {
    problems.push({ path: 'instruction.md', remedy: 'empty: say what to do' })
  }
  const settings = { hostEnvironment, testsDockerfile: has('tests/Dockerfile') }
  const configured = parsed.toml === null ? [] : configureTask(parsed.toml, settings)
  if (!('environment' in configured)) return { task: null, problems: [...problems, ...configured] }
  if (problems.length > 0) return { task: null, problems }

  const prints = await printFiles(tree.files)
  const { solutionEnv, ...task } = configured
  return {
    task: {
      name: parsed.toml?.task?.name ?? options.name ?? basename(resolve(dir)),
      dir: resolve(dir),
      digest: taskDigest(prints),
      environmentDigest: environmentDigest(prints, task.environment.dockerImage),
      instruction,
      ...task,
      solution: { env: solutionEnv, present: has('solution/solve.sh') },
      variants: variantsOf(tree),
      warnings: [...parsed.warnings, ...layout.warnings],
    },
  }
}

const NO_TOML = { toml: null, document: {}, problems: [], warnings: [] }

async function textOf({ files }: FileTree, path: string): Promise<string | null> {
  const file = files.find((candidate) => candidate.path === path)
  return file === undefined ? null : readFile(file.source, 'utf8')
}
