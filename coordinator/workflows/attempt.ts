import {
  ActivityCancellationType,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  patched,
  proxyActivities,
} from '@temporalio/workflow'
import type {
  GradeTrialOutput,
  KeptArtifacts,
  NodeActivities,
  RunActivities,
  RunTrialOutput,
} from '../contract/activities.ts'
import { gradeActivityId, runActivityId } from '../contract/activity-ids.ts'
import type { Verdict } from '../contract/outcome.ts'
import { nodeQueue, runQueue } from '../contract/queues.ts'
import type { SweepLimits, Trial } from '../contract/sweep.ts'
import { failureOf } from './failure-of.ts'
import { type AttemptFailure, afterFailedGrading } from './next-step.ts'

/** How one execution of a trial ended. */
export type AttemptEnd =
  | {
      readonly end: 'graded'
      readonly run: RunTrialOutput
      readonly verdict: Verdict
      readonly gradeMs: number
      /** Of the verifier. */
      readonly artifacts?: KeptArtifacts
    }
  | {
      readonly end: 'failed' | 'ungraded' | 'cancelled'
      readonly failure: AttemptFailure
      readonly run: RunTrialOutput | null
    }

export interface AttemptInput {
  readonly planned: Trial
  readonly limits: SweepLimits
  readonly attempt: number
  /** Of `TrialInput`. */
  readonly revision: number
  /** Attempts whose node is known to be lost; grows while the attempt runs. */
  readonly lostAttempts: ReadonlySet<number>
  /** Tidying up that the next attempt need not wait for; the trial's end does. */
  readonly tidying: Promise<void>[]
}

/** Trials that began before this was so go on without it. */
const RELEASES_LOST = 'release-lost-gradings'

/**
 * Runs, then grades. A grading that succeeds removes the snapshot itself; one that is cut short by
 * a cancellation, or by the loss of its node, leaves it to {@link release}; an ungraded one is kept
 * until its lease ends, so that it can be graded again.
 */
export async function executeAttempt(input: AttemptInput): Promise<AttemptEnd> {
  const run = await attemptOf(() => orLost(input, () => runOn(input)))
  if ('code' in run) return { end: 'failed', failure: run, run: null }
  try {
    const end = await grade(input, run)
    if (end.end === 'failed' && patched(RELEASES_LOST)) {
      input.tidying.push(CancellationScope.nonCancellable(() => release(input, run)))
    }
    return end
  } catch (error) {
    await CancellationScope.nonCancellable(() => release(input, run))
    throw error
  }
}

async function grade(input: AttemptInput, run: RunTrialOutput): Promise<AttemptEnd> {
  for (let grading = 1; ; grading++) {
    const graded = await attemptOf(() => orLost(input, () => gradeOn(input, run, grading)))
    if (!('code' in graded)) return { end: 'graded', run, ...graded }
    const next = afterFailedGrading(graded, grading)
    if (next === 'new-attempt') return { end: 'failed', failure: graded, run }
    if (next === 'ungraded') return { end: 'ungraded', failure: graded, run }
  }
}

/** The value, or the failure; cancellation is thrown on. */
async function attemptOf<Value>(work: () => Promise<Value>): Promise<Value | AttemptFailure> {
  try {
    return await work()
  } catch (error) {
    if (isCancellation(error)) throw error
    return failureOf(error)
  }
}

/**
 * The work, unless word comes first that its node is lost. A worker that was only frozen then hears
 * that the work is cancelled.
 */
function orLost<Value>(
  { attempt, revision, lostAttempts }: AttemptInput,
  work: () => Promise<Value>,
): Promise<Value> {
  const scope = new CancellationScope()
  const lost = CancellationScope.nonCancellable(async () => {
    await condition(() => lostAttempts.has(attempt))
    if (revision >= 2) scope.cancel()
    throw ApplicationFailure.create({
      type: 'node.lost',
      message: 'The node of this attempt has not been heard of for too long.',
    })
  })
  return Promise.race([scope.run(work), lost])
}

const MARGIN_MS = 20 * 60_000
/**
 * Longer than a Temporal server may be away: all attempts would time out the moment it is back. Nodes
 * that are lost are told of much sooner, see `coordinator/fleet.ts`; this is for what that misses.
 */
const HEARTBEAT_TIMEOUT = '15 minutes'

function runOn({ planned, limits, attempt, revision }: AttemptInput): Promise<RunTrialOutput> {
  const { resourceClass, agentTimeoutMs, buildTimeoutMs } = planned.task
  const { runTrial } = proxyActivities<RunActivities>({
    taskQueue: runQueue(resourceClass),
    ...(revision >= 2 ? { activityId: runActivityId(attempt) } : {}),
    startToCloseTimeout: agentTimeoutMs * limits.timeoutMultiplier + buildTimeoutMs + MARGIN_MS,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { maximumAttempts: 1 },
  })
  const { timeoutMultiplier, budgetMicros, perTrial, replay } = limits
  const models = { budgetMicros, perTrial, replay }
  return runTrial({ trial: planned, attempt, timeoutMultiplier, models })
}

function gradeOn(
  { planned, attempt, revision }: AttemptInput,
  { node, snapshot, artifacts }: RunTrialOutput,
  grading: number,
): Promise<GradeTrialOutput> {
  const { verifierTimeoutMs, buildTimeoutMs } = planned.task
  const { gradeTrial } = proxyActivities<Pick<NodeActivities, 'gradeTrial'>>({
    taskQueue: nodeQueue(node),
    ...(revision >= 2 ? { activityId: gradeActivityId(attempt, grading) } : {}),
    scheduleToStartTimeout: '3 minutes',
    startToCloseTimeout: verifierTimeoutMs + buildTimeoutMs + MARGIN_MS,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { maximumAttempts: 1 },
  })
  const artifactBytes = artifacts?.bytes ?? 0
  return gradeTrial({ trial: planned, attempt, snapshot, artifactBytes })
}

/**
 * Best effort, and soon over, since the trial's end waits for it: what it cannot remove, the node's
 * reaper does when the lease runs out.
 */
async function release(
  { planned, attempt }: AttemptInput,
  { node, snapshot }: RunTrialOutput,
): Promise<void> {
  const { releaseAttempt } = proxyActivities<Pick<NodeActivities, 'releaseAttempt'>>({
    taskQueue: nodeQueue(node),
    scheduleToCloseTimeout: '30 seconds',
    retry: { maximumAttempts: 2 },
  })
  try {
    await releaseAttempt({ trial: planned, attempt, snapshot })
  } catch (error) {
    if (isCancellation(error)) throw error
  }
}
