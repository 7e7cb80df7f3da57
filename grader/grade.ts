import { posix } from 'node:path'
import type { Snapshot } from '../coordinator/contract/activities.ts'
import type { Verdict } from '../coordinator/contract/outcome.ts'
import { Failure } from '../core/failure.ts'
import type { ImageBuilds } from '../sandbox/image-builds.ts'
import type {
  ArchiveLimits,
  ExecOptions,
  ImageFacts,
  Sandbox,
  SandboxHost,
  SandboxIdentity,
  SandboxOptions,
} from '../sandbox/sandbox.ts'
import { systemChangesIn } from '../sandbox/snapshot.ts'
import { isOrdinary } from '../sandbox/user.ts'
import type { Task } from '../tasks/task.ts'
import { type CrossedArtifact, packArtifacts } from './artifacts.ts'
import { readTarFiles } from './tar-files.ts'
import { VERDICT_FILES, type VerdictSources, verdictOf } from './verdict.ts'
import { verifierFiles } from './verifier-files.ts'

export interface GradeOptions {
  readonly host: SandboxHost
  readonly images: ImageBuilds
  readonly task: Task
  /** The task's folder on this machine. */
  readonly taskDir: string
  /** Whose attempt it is; the role becomes `verifier`. */
  readonly identity: Omit<SandboxIdentity, 'role'>
  readonly snapshot: Pick<Snapshot, 'image' | 'baseImage'>
  readonly signal?: AbortSignal
  /** By default nothing is read but the verdict. */
  readonly logs?: VerifierLogsOptions
}

export interface VerifierLogsOptions {
  /** For what is in `/logs/verifier` beside the files of the verdict, which are always read. */
  readonly limits: ArchiveLimits
  /** Told once the verifier has ended, before it is known whether there is a verdict. */
  readonly take: (logs: VerifierLogs) => void
}

/** What a verifier left for people to see. */
export interface VerifierLogs {
  /** `/logs/verifier` as `getArchive` gives it; null when it is gone. */
  readonly tar: Uint8Array | null
  /** What it printed: the first and the last of it. */
  readonly output: string
}

export interface Grading {
  readonly verdict: Verdict
  /** See {@link VerifierLogs}. */
  readonly output: string
  /** What crossed over to a separate verifier; empty for a shared one. */
  readonly artifacts: readonly CrossedArtifact[]
  /** Until the verifier could start, and while it ran. */
  readonly bootMs: number
  readonly testMs: number
}

const PIDS_LIMIT = 4_096
const OUTPUT_BYTES = 256 * 1024
const MAX_VERDICT_BYTES = 64 * 1024 * 1024
/** On top of the verifier's own time: for starting it, and reading what it wrote. */
const MARGIN_MS = 10 * 60_000

/**
 * Judges an attempt by its snapshot, in a container that the agent never ran in, and leaves nothing
 * behind. The verdict is read from the files that the verifier wrote, after all of its processes
 * have ended; its exit code and what it prints decide nothing, as in Harbor.
 *
 * @throws Failure `verifier.failed` when there is no verdict, whoever's fault that is, and the
 *   failures of starting a sandbox.
 */
export async function gradeAttempt(options: GradeOptions): Promise<Grading> {
  const { host, task } = options
  const startedAt = performance.now()
  const plan = await planVerifier(options)
  const { sandbox: ended, result: run } = await host.runToEnd(plan.sandbox, TESTS, testing(options))
  await using sandbox = ended
  const bootMs = performance.now() - startedAt - run.durationMs
  const output = run.stdout.text
  const seconds = task.verifier.timeoutMs / 1_000
  if (run.timedOut) {
    if (options.logs !== undefined) await readLogs(sandbox, options, output).catch(() => null)
    throw noVerdict(`The verifier took more than its ${seconds} s.`, output)
  }
  if (run.exitCode === null) throw noVerdict('The verifier was interrupted.', output)
  const tar = await readLogs(sandbox, options, output)
  if (tar === null) throw noVerdict('The verifier removed /logs/verifier.', output)
  const { files, others } = await readTarFiles(tar, (path) => VERDICT_FILES.includes(path))
  const links = others.filter((path) => VERDICT_FILES.includes(path))
  const warnings = [
    ...plan.warnings,
    ...links.map((path) => `${path} is a link and was not read.`),
    ...(run.outOfMemory ? ['The verifier ran out of memory.'] : []),
  ]
  return {
    verdict: judge({ files, output, warnings }),
    output,
    artifacts: plan.artifacts,
    bootMs,
    testMs: run.durationMs,
  }
}

interface VerifierPlan {
  readonly sandbox: SandboxOptions
  readonly artifacts: readonly CrossedArtifact[]
  readonly warnings: readonly string[]
}

function planVerifier(options: GradeOptions): Promise<VerifierPlan> {
  return options.task.verifier.environmentMode === 'shared'
    ? planShared(options)
    : planSeparate(options)
}

/** In a copy of the agent's container as it was when the agent had ended, without its processes. */
async function planShared(options: GradeOptions): Promise<VerifierPlan> {
  const { host, task, taskDir, snapshot } = options
  const image = await host.inspectImage(snapshot.image)
  const files = await verifierFiles({ taskDir, openToAll: !runsAsRoot(task, image) })
  const { named, more } = systemChangesIn(image.labels)
  const changed = more === 0 ? named : [...named, `and ${more} more`]
  return {
    sandbox: { ...limitsOf(options, task.environment), image: snapshot.image, files },
    artifacts: [],
    warnings:
      changed.length === 0 ? [] : [`The agent changed system files: ${changed.join(', ')}.`],
  }
}

/** In a container of the verifier's own, with nothing of the agent but its artifacts. */
async function planSeparate(options: GradeOptions): Promise<VerifierPlan> {
  const { host, images, task, taskDir, identity, snapshot } = options
  const environment = task.verifier.environment ?? task.environment
  const uploadTests = task.verifier.environment?.uploadTests ?? true
  const ownImage = task.verifier.environment?.from !== 'agent'
  const [image, agentImage] = await Promise.all([
    ownImage ? images.ensureVerifier(task, taskDir) : host.inspectImage(snapshot.baseImage),
    host.inspectImage(snapshot.image),
  ])
  const as = { ...identity, role: 'verifier' } as const
  await using from = await host.openFiles(snapshot.image, { identity: as, leaseMs: MARGIN_MS })
  const workdir = posix.resolve('/', task.environment.workdir ?? agentImage.workdir)
  const crossing = await packArtifacts(from, task.artifacts, workdir)
  const files = await verifierFiles({
    taskDir: uploadTests ? taskDir : null,
    openToAll: !runsAsRoot(task, image),
    artifacts: crossing.tar,
  })
  const sandbox = { ...limitsOf(options, environment), image: image.id, files }
  return { sandbox, artifacts: crossing.manifest, warnings: crossing.warnings }
}

function limitsOf({ task, identity }: GradeOptions, environment: Task['environment']) {
  return {
    identity: { ...identity, role: 'verifier' },
    cpus: environment.cpus,
    memoryMb: environment.memoryMb,
    largestFileMb: environment.storageMb,
    pidsLimit: PIDS_LIMIT,
    network: task.verifier.networkMode === 'public' ? 'public' : 'none',
    reuseLoopback: isOrdinary(task.agent.user ?? ''),
    env: environment.env,
    ...(environment.workdir === undefined ? {} : { workdir: environment.workdir }),
    capabilities: 'root-tools',
    leaseMs: task.verifier.timeoutMs + MARGIN_MS,
  } as const
}

function runsAsRoot({ verifier }: Task, { user }: ImageFacts): boolean {
  return !isOrdinary(verifier.user ?? user)
}

/** The script's own first line says what runs it; both of its outputs go into one, in order. */
const TESTS = ['sh', '-c', 'exec /tests/test.sh 2>&1']

function testing({ task, signal }: GradeOptions): ExecOptions {
  const { user, env, timeoutMs } = task.verifier
  return {
    env,
    timeoutMs,
    outputLimitBytes: OUTPUT_BYTES,
    ...(user === undefined ? {} : { user }),
    ...(signal === undefined ? {} : { signal }),
  }
}

/** The folder with the verdict, and with as much of the rest as is asked for. */
async function readLogs(
  sandbox: Sandbox,
  { logs }: GradeOptions,
  output: string,
): Promise<Uint8Array | null> {
  const { maxBytes = 0, leaveOut = () => logs === undefined } = logs?.limits ?? {}
  const tar = await sandbox.getArchive('/logs/verifier', {
    maxBytes: MAX_VERDICT_BYTES + maxBytes,
    leaveOut: (below, bytes) => !VERDICT_FILES.includes(below) && leaveOut(below, bytes),
  })
  logs?.take({ tar, output })
  return tar
}

function judge(sources: VerdictSources): Verdict {
  try {
    return verdictOf(sources)
  } catch (error) {
    throw error instanceof Failure ? noVerdict(error.message, sources.output) : error
  }
}

/** @param output whose end may say why. */
function noVerdict(message: string, output: string): Failure {
  const end = output.trim().slice(-300)
  return new Failure('verifier.failed', end === '' ? message : `${message} It last printed: ${end}`)
}
