import { TerminatedFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  condition,
  defineSignal,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow'
import type {
  CoordinatorActivities,
  PersistResultInput,
  SinkActivities,
} from '../contract/activities.ts'
import { SHARD_SIGNALS, SWEEP_SIGNALS } from '../contract/messages.ts'
import { COORDINATOR_QUEUE, SINK_QUEUE, trialWorkflowId } from '../contract/queues.ts'
import {
  NO_OUTCOMES,
  type OutcomeCounts,
  type ShardInput,
  type ShardOutput,
  TRIAL_REVISION,
  type Trial,
} from '../contract/sweep.ts'
import { ResultStorage } from './result-storage.ts'
import { trial } from './trial.ts'

export const setWindowSignal = defineSignal<[number]>(SHARD_SIGNALS.setWindow)
export const trialWaitsForStorageSignal = defineSignal(SHARD_SIGNALS.trialWaitsForStorage)
const shardAdmitted = defineSignal<[number]>(SWEEP_SIGNALS.shardAdmitted)

const { planShard } = proxyActivities<Pick<CoordinatorActivities, 'planShard'>>({
  taskQueue: COORDINATOR_QUEUE,
  startToCloseTimeout: '1 minute',
})
const { recordTrials } = proxyActivities<Pick<SinkActivities, 'recordTrials'>>({
  taskQueue: SINK_QUEUE,
  startToCloseTimeout: '2 minutes',
  retry: { maximumInterval: '30 seconds' },
})

/** Up to 200 trials of a sweep as child workflows, no more of them open than its window allows. */
export async function shard(input: ShardInput): Promise<ShardOutput> {
  let window = input.window
  let open = 0
  let waitForStorage = 0
  setHandler(setWindowSignal, (size) => {
    window = size
  })
  setHandler(trialWaitsForStorageSignal, () => {
    waitForStorage += 1
  })

  const trials = await planShard(input)
  const recorded = CancellationScope.nonCancellable(() => recordTrials({ trials }))
  const storage = new ResultStorage()
  const outcomes: Promise<OutcomeCounts>[] = []
  let admitting = true
  for (const planned of trials) {
    const admitted = await untilCancelled(() => open - waitForStorage < window)
    if (!admitted) break
    open += 1
    const ended = runTrial(planned, input).finally(() => {
      open -= 1
      if (waitForStorage > 0) waitForStorage -= 1
    })
    const outcome = ended.then(({ counts, result }) => {
      if (result !== undefined) storage.add(result, { last: !admitting && open === 0 })
      return counts
    })
    outcomes.push(outcome)
  }
  admitting = false
  await tellSweep(input.shard)
  const counts = await CancellationScope.nonCancellable(async () => {
    await Promise.allSettled(outcomes)
    await storage.settled()
    return Promise.all(outcomes)
  })
  await recorded
  return { counts: counts.reduce(addOutcomes, NO_OUTCOMES) }
}

export function addOutcomes(left: OutcomeCounts, right: OutcomeCounts): OutcomeCounts {
  return {
    scored: left.scored + right.scored,
    'agent-timeout': left['agent-timeout'] + right['agent-timeout'],
    'agent-error': left['agent-error'] + right['agent-error'],
    budget: left.budget + right.budget,
    'infra-failed': left['infra-failed'] + right['infra-failed'],
    ungraded: left.ungraded + right.ungraded,
    cancelled: left.cancelled + right.cancelled,
  }
}

async function untilCancelled(ready: () => boolean): Promise<boolean> {
  try {
    await condition(ready)
    return true
  } catch (error) {
    if (isCancellation(error)) return false
    throw error
  }
}

interface Ended {
  readonly counts: OutcomeCounts
  /** For the shard to store. */
  readonly result?: PersistResultInput
}

/** A trial that was already run, by a submission before this one, is left as it is. */
async function runTrial(planned: Trial, { limits }: ShardInput): Promise<Ended> {
  try {
    const { outcome, result } = await executeChild(trial, {
      workflowId: trialWorkflowId(planned.trial),
      args: [
        { trial: planned, limits, shard: workflowInfo().workflowId, revision: TRIAL_REVISION },
      ],
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    })
    const counts = { ...NO_OUTCOMES, [outcome]: 1 }
    return result === undefined ? { counts } : { counts, result: { ...result, trial: planned } }
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { counts: NO_OUTCOMES }
    if (isCancellation(error) || wasTerminated(error)) {
      return { counts: { ...NO_OUTCOMES, cancelled: 1 } }
    }
    throw error
  }
}

/** By a person, on the Temporal server itself. */
function wasTerminated(error: unknown): boolean {
  return error instanceof ChildWorkflowFailure && error.cause instanceof TerminatedFailure
}

async function tellSweep(shardNumber: number): Promise<void> {
  const { parent } = workflowInfo()
  if (parent === undefined) return
  try {
    await getExternalWorkflowHandle(parent.workflowId).signal(shardAdmitted, shardNumber)
  } catch (error) {
    if (!isCancellation(error)) throw error
  }
}
