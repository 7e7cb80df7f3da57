import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { FileTree } from './file-tree.ts'
import { type Findings, tableAt } from './task-toml-rules.ts'
import { exists, TASK_ENTRIES } from './task-tree.ts'

/** What the folder of a task has to hold; see section "Layout" of docs/writing-tasks.md. */
export async function checkLayout(
  dir: string,
  tree: FileTree,
  document: Readonly<Record<string, unknown>>,
): Promise<Findings> {
  const { problems, warnings } = { problems: [...tree.problems], warnings: linkWarnings(tree) }
  const paths = new Set(tree.files.map(({ path }) => path))
  const refuse = (path: string, remedy: string) => void problems.push({ path, remedy })
  const hasFolder = (name: string) => tree.files.some(({ path }) => path.startsWith(`${name}/`))

  if (!paths.has('task.toml')) refuse('task.toml', await missingToml(dir))
  if (!paths.has('instruction.md')) refuse('instruction.md', 'missing: says what to do')
  if (await exists(join(dir, 'steps'))) {
    refuse('steps/', 'multi-step tasks are not supported: make each step a task')
  }
  const dockerImage = tableAt(document, 'environment').docker_image
  if (!hasFolder('environment')) {
    refuse('environment/', 'missing: must exist, even beside a docker_image')
  } else if (paths.has('environment/docker-compose.yaml')) {
    refuse('environment/docker-compose.yaml', 'tasks of several services are not supported')
  } else if (dockerImage === undefined && !paths.has('environment/Dockerfile')) {
    refuse('environment/Dockerfile', 'missing: write one, or set environment.docker_image')
  }
  if (!paths.has('tests/test.sh') && !hasVerifierImage(paths, document)) {
    const remedy =
      'missing: the script that judges, or give a separate verifier an image of its own'
    refuse('tests/test.sh', remedy)
  }
  if (hasFolder('solution') && !paths.has('solution/solve.sh')) {
    const remedy = 'missing: without it the oracle cannot run, and the task cannot be checked'
    warnings.push({ path: 'solution/solve.sh', remedy })
  }
  for (const variant of variantsOf(tree)) {
    if (paths.has(`variants/${variant}/solve.sh`)) continue
    refuse(`variants/${variant}/solve.sh`, 'missing: what this variant does')
  }
  warnings.push(...(await strayFolders(dir)))
  return { problems, warnings }
}

/** Names of the folders in `variants/`, sorted. */
export function variantsOf({ files }: FileTree): string[] {
  const names = files.map(({ path }) => /^variants\/([^/]+)\//.exec(path)?.[1])
  return [...new Set(names.filter((name) => name !== undefined))]
}

function hasVerifierImage(
  paths: ReadonlySet<string>,
  document: Readonly<Record<string, unknown>>,
): boolean {
  const { environment_mode: mode, environment } = tableAt(document, 'verifier')
  if (mode !== 'separate' && environment === undefined) return false
  const { docker_image: image } = tableAt(tableAt(document, 'verifier'), 'environment')
  return image !== undefined || paths.has('tests/Dockerfile')
}

async function missingToml(dir: string): Promise<string> {
  return (await exists(join(dir, 'task.yaml')))
    ? 'missing: task.yaml is the original Terminal-Bench format; `harbor task migrate` converts it'
    : 'missing: every task has one'
}

/** Links inside an image's context would be links in Docker's build; here they become copies. */
function linkWarnings({ links }: FileTree): Findings['warnings'] {
  return links
    .filter(({ path }) => path.startsWith('environment/'))
    .map(({ path, target }) => ({
      path,
      value: basename(target),
      remedy: 'a link: the image gets a copy of what it points to',
    }))
}

/** Folders with no meaning in a task: likely a misspelled name. */
async function strayFolders(dir: string): Promise<Findings['warnings']> {
  const known: readonly string[] = [...TASK_ENTRIES, 'steps']
  const entries = await readdir(dir, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .filter(({ name }) => !known.includes(name))
    .map(({ name }) => ({ path: `${name}/`, remedy: 'no part of a task, ignored' }))
}
