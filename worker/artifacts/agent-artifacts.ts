import { posix } from 'node:path'
import { Failure, messageOf } from '../../core/failure.ts'
import type { ImageFacts, Sandbox } from '../../sandbox/sandbox.ts'
import type { Artifact, Task } from '../../tasks/task.ts'
import type { ArtifactDraft, Destination } from './artifact-draft.ts'

/** For reading what an agent left; what has not been begun by then is left out. */
const READ_MS = 60_000

interface Source extends Destination {
  /** Absolute, in the sandbox. */
  readonly path: string
}

export interface AgentArtifactsOptions {
  readonly task: Task
  readonly image: Pick<ImageFacts, 'workdir'>
  readonly draft: ArtifactDraft
}

/**
 * Reads what an agent left for people to see out of its sandbox, after its snapshot: the artifacts that
 * the task declares, and the files of `/logs/artifacts` and `/logs/agent`. Whatever goes wrong is named
 * in the draft; it throws nothing.
 */
export async function readAgentArtifacts(
  sandbox: Sandbox,
  { task, image, draft }: AgentArtifactsOptions,
): Promise<void> {
  const workdir = posix.resolve('/', task.environment.workdir ?? image.workdir)
  const logs = LOGS.filter(({ path }) => sandbox.wroteBelow(path))
  const declared = task.artifacts
    .map((artifact) => sourceOf(artifact, workdir))
    .filter(({ path, isRenamed }) => isRenamed || logs.every((log) => !isIn(path, log.path)))
  const deadline = performance.now() + READ_MS
  for (const source of [...declared, ...logs]) {
    if (performance.now() > deadline) draft.leaveOut(source.into, null, 'reading took too long')
    else await readInto(draft, sandbox, source)
  }
}

const LOGS: readonly Source[] = [
  { path: '/logs/artifacts', into: 'artifacts' },
  { path: '/logs/agent', into: 'agent' },
]

const isIn = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`)

function sourceOf({ source, destination, exclude }: Artifact, workdir: string) {
  const path = posix.resolve(workdir, source)
  const into = posix.join('artifacts', destination ?? path).replace(/\/$/, '')
  return { path, into, exclude, isRenamed: destination !== undefined }
}

async function readInto(draft: ArtifactDraft, sandbox: Sandbox, source: Source): Promise<void> {
  const { path, into } = source
  if (path === '/') return draft.leaveOut(into, null, 'all files of a sandbox are no artifact')
  const reading = draft.read(source)
  try {
    const tar = await sandbox.getArchive(path, reading.limits)
    if (tar === null) draft.leaveOut(into, null, `the agent left nothing at ${path}`)
    else await reading.add(tar)
  } catch (error) {
    const tooLarge = error instanceof Failure && error.code === 'sandbox.archive-too-large'
    draft.leaveOut(into, null, tooLarge ? 'it holds too much to look through' : messageOf(error))
  }
}
