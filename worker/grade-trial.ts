import type { GradeTrialInput, GradeTrialOutput } from '../coordinator/contract/activities.ts'
import { Failure } from '../core/failure.ts'
import { type GradeOptions, type Grading, gradeAttempt } from '../grader/grade.ts'
import { isDaemonAway } from '../sandbox/docker-call.ts'
import { type Kept, keepArtifacts, roomOfVerifier } from './artifacts/keep-artifacts.ts'
import { VerifierArtifacts } from './artifacts/verifier-artifacts.ts'
import type { Node } from './node.ts'
import { underWay } from './under-way.ts'

/** Gradings of one snapshot that the daemon's absence may cut short. */
const TRIES = 3

/**
 * Grading takes room like running does, and goes before new trials. When the daemon dies under it
 * the snapshot is there still: it is graded again once the daemon is back.
 */
export function gradeTrial(node: Node, input: GradeTrialInput): Promise<GradeTrialOutput> {
  return underWay(node, input, async ({ signal }) => {
    for (let tries = 1; ; tries++) {
      await node.docker.answers(signal)
      try {
        return await gradeOnce(node, input, signal)
      } catch (error) {
        const { trial, attempt } = input
        if (tries === TRIES || !isOfTheDaemon(error)) throw error
        node.log.warn({ trial: trial.trial, attempt, error }, 'grading was cut short')
      }
    }
  })
}

const isOfTheDaemon = (error: unknown): boolean =>
  isDaemonAway(error) || (error instanceof Failure && error.code === 'sandbox.lost')

async function gradeOnce(
  node: Node,
  input: GradeTrialInput,
  signal: AbortSignal,
): Promise<GradeTrialOutput> {
  const { trial, attempt, snapshot } = input
  const task = await node.tasks.task(trial.task)
  const { cpus, memoryMb } = task.environment
  const hold = await node.capacity.acquire({ cpus, memoryMb }, signal)
  try {
    node.presence.enter(trial, attempt, 'grade')
    const from = performance.now()
    const { sweep } = trial
    const graded = await gradeAndKeep(node, input, {
      host: node.host,
      images: node.images,
      task,
      taskDir: task.dir,
      identity: { sweep, trial: trial.trial, attempt, node: node.id, boot: node.boot },
      snapshot,
      signal,
    })
    await node.host.removeSnapshot(snapshot.image).catch((error: unknown) => {
      if (!isDaemonAway(error)) throw error
      node.discarded.add(trial.trial, attempt)
    })
    const { pass } = graded.verdict
    node.log.info({ sweep, trial: trial.trial, attempt, pass }, 'graded')
    node.ended.inc({ activity: 'grade', outcome: pass ? 'pass' : 'fail' })
    return { ...graded, gradeMs: Math.round(performance.now() - from) }
  } finally {
    hold.release()
  }
}

type Graded = Pick<GradeTrialOutput, 'verdict' | 'artifacts'>

/**
 * Grades, and keeps what the verifier left, with or without a verdict: before the snapshot goes, so that
 * a worker that dies in between grades again.
 */
async function gradeAndKeep(
  node: Pick<Node, 'artifacts'>,
  { trial, artifactBytes = 0 }: GradeTrialInput,
  options: GradeOptions & { readonly signal: AbortSignal },
): Promise<Graded> {
  const { artifacts } = node
  if (artifacts.roomBytes === 0) return withKept(await gradeAttempt(options), { warning: null })
  const left = new VerifierArtifacts(roomOfVerifier(artifacts, artifactBytes))
  const keep = async () => {
    const of = { sweep: trial.sweep, whose: 'verifier', signal: options.signal } as const
    return keepArtifacts(artifacts, await left.drafted(), of)
  }
  try {
    return withKept(await gradeAttempt({ ...options, logs: left }), await keep())
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'verifier.failed') throw error
    const { code, message, facts } = error
    const kept = options.signal.aborted ? {} : (await keep()).artifacts
    throw new Failure(code, message, { facts: { ...facts, ...kept }, cause: error })
  }
}

function withKept({ verdict }: Grading, { artifacts, warning }: Kept): Graded {
  const warnings = warning === null ? verdict.warnings : [...verdict.warnings, warning]
  return { verdict: { ...verdict, warnings }, ...(artifacts === undefined ? {} : { artifacts }) }
}
