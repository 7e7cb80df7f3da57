import type {
  ErrandActivities,
  GradeTrialInput,
  GradeTrialOutput,
  NodeActivities,
  RunActivities,
} from '../coordinator/contract/activities.ts'
import { Failure } from '../core/failure.ts'
import { gradeAttempt } from '../grader/grade.ts'
import { isDaemonAway } from '../sandbox/docker-call.ts'
import { errandActivities } from './errands.ts'
import type { Node } from './node.ts'
import { runTrial } from './run-trial.ts'
import { underWay } from './under-way.ts'

export function runActivities(node: Node): RunActivities {
  return { runTrial: (input) => runTrial(node, input) }
}

export function nodeActivities(node: Node): NodeActivities & ErrandActivities {
  return {
    ...errandActivities(node),
    gradeTrial: (input) => gradeTrial(node, input),
    releaseAttempt: ({ snapshot }) => node.host.removeSnapshot(snapshot.image),
  }
}

/** Gradings of one snapshot that the daemon's absence may cut short. */
const TRIES = 3

/**
 * Grading takes room like running does, and goes before new trials. When the daemon dies under it
 * the snapshot is there still: it is graded again once the daemon is back.
 */
function gradeTrial(node: Node, input: GradeTrialInput): Promise<GradeTrialOutput> {
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
  { trial, attempt, snapshot }: GradeTrialInput,
  signal: AbortSignal,
): Promise<GradeTrialOutput> {
  const task = await node.tasks.task(trial.task)
  const { cpus, memoryMb } = task.environment
  const hold = await node.capacity.acquire({ cpus, memoryMb }, signal)
  try {
    node.presence.enter(trial, attempt, 'grade')
    const from = performance.now()
    const { verdict } = await gradeAttempt({
      host: node.host,
      images: node.images,
      task,
      taskDir: task.dir,
      identity: {
        sweep: trial.sweep,
        trial: trial.trial,
        attempt,
        node: node.id,
        boot: node.boot,
      },
      snapshot,
      signal,
    })
    await node.host.removeSnapshot(snapshot.image).catch((error: unknown) => {
      if (!isDaemonAway(error)) throw error
      node.discarded.add(trial.trial, attempt)
    })
    const { sweep } = trial
    node.log.info({ sweep, trial: trial.trial, attempt, pass: verdict.pass }, 'graded')
    node.ended.inc({ activity: 'grade', outcome: verdict.pass ? 'pass' : 'fail' })
    return { verdict, gradeMs: Math.round(performance.now() - from) }
  } finally {
    hold.release()
  }
}
