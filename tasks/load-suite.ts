import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../core/failure.ts'
import { type Digest, digestOf } from '../core/ids.ts'
import { nearestName } from '../core/nearest.ts'
import { type Problem, problemsFailure } from '../core/problems.ts'
import { compare } from './file-tree.ts'
import { type LoadTaskOptions, readTask } from './load-task.ts'
import { readSuiteToml, type SuiteToml } from './suite-toml.ts'
import type { Task } from './task.ts'
import { exists, isFolder, TASK_ENTRIES } from './task-tree.ts'

/** A folder that was to be a task and is not one. */
export interface SkippedTask {
  readonly dir: string
  readonly problems: readonly Problem[]
}

export interface Suite {
  readonly name: string
  /** From suite.toml; of a folder without one, the first 12 digits of the digest. */
  readonly version: string
  readonly description: string
  /** Of the names and digests of its tasks, whatever their order. */
  readonly digest: Digest
  readonly tasks: readonly Task[]
  /** Only with `allowSkipped`. */
  readonly skipped: readonly SkippedTask[]
}

export interface LoadSuiteOptions extends Pick<LoadTaskOptions, 'hostEnvironment'> {
  /** Leave invalid tasks of a folder without suite.toml out, and name them in `skipped`. */
  readonly allowSkipped?: boolean
  /** Where the suites that can be asked for by name are. */
  readonly suitesDir?: string
}

export interface SuiteSummary {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly dir: string
}

const BUILT_IN = fileURLToPath(new URL('./suites/', import.meta.url))

/** The suites that come with the farm, by name. @throws Failure `task.invalid` on a bad suite.toml. */
export async function listSuites(suitesDir = BUILT_IN): Promise<SuiteSummary[]> {
  const names = (await readdir(suitesDir)).sort(compare)
  const summaries = names.map(async (folder) => {
    const dir = join(suitesDir, folder)
    const reading = await readSuiteToml(dir)
    if (reading === null) return []
    if (reading.suite === null)
      throw problemsFailure('task.invalid', `suite ${dir}`, reading.problems)
    const { name, version, description } = reading.suite
    return [{ name, version, description, dir }]
  })
  return (await Promise.all(summaries)).flat()
}

/**
 * Loads a suite that comes with the farm by its name, or by its path (which has a `/`, or is `.`)
 * any folder of Harbor tasks, with or without a suite.toml, or a single task.
 *
 * @throws Failure `suite.not-found`, naming the known ones; `task.invalid` with the problems of
 * every invalid task.
 */
export async function loadSuite(
  nameOrPath: string,
  options: LoadSuiteOptions = {},
): Promise<Suite> {
  const dir = await folderOf(nameOrPath, options.suitesDir ?? BUILT_IN)
  const reading = await readSuiteToml(dir)
  if (reading?.suite === null) {
    throw problemsFailure('task.invalid', `suite ${nameOrPath}`, reading.problems)
  }
  const manifest = reading?.suite ?? null
  const { folders, problems: missing } = await taskFolders(dir, manifest)
  const tasks: Task[] = []
  const skipped: SkippedTask[] = []
  for (const { folder, reading } of await readAll(folders, options)) {
    if (reading.task !== null) tasks.push(reading.task)
    else skipped.push({ dir: folder, problems: reading.problems })
  }
  const problems = [
    ...missing,
    ...(manifest !== null || options.allowSkipped !== true || tasks.length === 0
      ? skipped.flatMap(prefixed)
      : []),
    ...sharedNames(tasks),
    ...(folders.length === 0 ? [{ path: '', remedy: 'no task in this folder' }] : []),
  ]
  if (problems.length > 0) throw problemsFailure('task.invalid', `suite ${nameOrPath}`, problems)
  const digest = suiteDigest(tasks)
  return {
    name: manifest?.name ?? basename(dir),
    version: manifest?.version ?? digest.slice('sha256:'.length).slice(0, 12),
    description: manifest?.description ?? '',
    digest,
    tasks,
    skipped,
  }
}

async function folderOf(nameOrPath: string, suitesDir: string): Promise<string> {
  const isPath = nameOrPath.includes('/') || nameOrPath === '.' || nameOrPath === '..'
  if (isPath) {
    if (await isFolder(nameOrPath)) return resolve(nameOrPath)
    throw new Failure('suite.not-found', `No suite at ${nameOrPath}: there is no such folder.`)
  }
  const suites = await listSuites(suitesDir)
  const found = suites.find(({ name }) => name === nameOrPath)
  if (found !== undefined) return found.dir
  const names = suites.map(({ name }) => name)
  const nearest = nearestName(nameOrPath, names)
  const hints = [
    nearest === undefined ? '' : ` Did you mean ${nearest}?`,
    ` Known: ${names.join(', ') || 'none'}.`,
    (await isFolder(nameOrPath)) ? ` For the folder of that name, write ./${nameOrPath}.` : '',
  ]
  throw new Failure('suite.not-found', `No suite is named ${nameOrPath}.${hints.join('')}`, {
    facts: { suite: nameOrPath },
  })
}

/** Folders to read, in order. Those of our own suites that hold nothing of a task are shared files. */
async function taskFolders(
  dir: string,
  manifest: SuiteToml | null,
): Promise<{ folders: string[]; problems: Problem[] }> {
  if (manifest === null && (await exists(join(dir, 'task.toml')))) {
    return { folders: [dir], problems: [] }
  }
  const names = (await readdir(dir)).filter((name) => !name.startsWith('.')).sort(compare)
  const looksLikeTask = async (name: string) => {
    const folder = join(dir, name)
    if (!(await isFolder(folder))) return []
    if (manifest === null) return [name]
    const found = await Promise.all(TASK_ENTRIES.map((entry) => exists(join(folder, entry))))
    return found.includes(true) ? [name] : []
  }
  const present = (await Promise.all(names.map(looksLikeTask))).flat()
  const listed = manifest?.tasks ?? present
  const problems = [
    ...listed
      .filter((name) => !present.includes(name))
      .map((value) => ({ path: 'tasks', value, remedy: 'no task in this folder of the suite' })),
    ...present
      .filter((name) => !listed.includes(name))
      .map((value) => ({
        path: 'tasks',
        value,
        remedy: 'not listed: add it, or remove the folder',
      })),
  ]
  const folders = listed.filter((name) => present.includes(name)).map((name) => join(dir, name))
  return { folders, problems }
}

/** Some at a time: each holds a file open while it is hashed. */
async function readAll(folders: readonly string[], { hostEnvironment = {} }: LoadSuiteOptions) {
  const readings = []
  for (let at = 0; at < folders.length; at += 16) {
    const some = folders.slice(at, at + 16).map(async (folder) => {
      return { folder, reading: await readTask(folder, { hostEnvironment }) }
    })
    readings.push(...(await Promise.all(some)))
  }
  return readings
}

function prefixed({ dir, problems }: SkippedTask): Problem[] {
  const folder = basename(dir)
  return problems.map((problem) => ({ ...problem, path: `${folder}: ${problem.path}` }))
}

function sharedNames(tasks: readonly Task[]): Problem[] {
  return tasks
    .filter(({ name }, at) => tasks.findIndex((other) => other.name === name) !== at)
    .map(({ name, dir }) => {
      const remedy = 'another task of the suite has this name: names are unique'
      return { path: `${basename(dir)}: task.name`, value: name, remedy }
    })
}

function suiteDigest(tasks: readonly Task[]): Digest {
  const pairs = tasks.map(({ name, digest }) => JSON.stringify([name, digest]))
  return digestOf(pairs.sort(compare).join('\n'))
}
