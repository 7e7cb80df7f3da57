import {
  ActivityCancellationType,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import type { CoordinatorActivities, SinkActivities } from '../contract/activities.ts'
import { SWEEP_QUERIES, SWEEP_SIGNALS, SWEEP_UPDATES } from '../contract/messages.ts'
import { COORDINATOR_QUEUE, SINK_QUEUE } from '../contract/queues.ts'
import type { EarlyStop } from '../contract/stopping.ts'
import type { ExtendInput, SweepInput, SweepProgress, SweepStatus } from '../contract/sweep.ts'
import { Admission } from './admission.ts'

export const pauseUpdate = defineUpdate<SweepProgress>(SWEEP_UPDATES.pause)
export const resumeUpdate = defineUpdate<SweepProgress>(SWEEP_UPDATES.resume)
export const cancelUpdate = defineUpdate<SweepProgress>(SWEEP_UPDATES.cancel)
export const extendUpdate = defineUpdate<SweepProgress, [ExtendInput]>(SWEEP_UPDATES.extend)
export const setConcurrencyUpdate = defineUpdate<SweepProgress, [number | null]>(
  SWEEP_UPDATES.setConcurrency,
)
export const progressQuery = defineQuery<SweepProgress>(SWEEP_QUERIES.progress)
export const fleetChangedSignal = defineSignal<[number]>(SWEEP_SIGNALS.fleetChanged)
export const shardAdmittedSignal = defineSignal<[number]>(SWEEP_SIGNALS.shardAdmitted)

const { countFleetSlots } = proxyActivities<Pick<CoordinatorActivities, 'countFleetSlots'>>({
  taskQueue: COORDINATOR_QUEUE,
  startToCloseTimeout: '30 seconds',
})
const { recordSweep } = proxyActivities<Pick<SinkActivities, 'recordSweep'>>({
  taskQueue: SINK_QUEUE,
  startToCloseTimeout: '2 minutes',
  retry: { maximumInterval: '30 seconds' },
})
const { lookAtRound } = proxyActivities<Pick<SinkActivities, 'lookAtRound'>>({
  taskQueue: SINK_QUEUE,
  startToCloseTimeout: '5 minutes',
  retry: { maximumInterval: '30 seconds' },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
})

/**
 * Many small rounds make a history as long as few large ones of shards: about 25 events each. It goes
 * on in a new run between two rounds, where nothing is open and little is to be carried, long before
 * Temporal suggests it.
 */
const LONG_HISTORY = 500

/** Admits a plan shard by shard, does what people ask of it meanwhile, and says when it is over. */
export async function sweep(input: SweepInput): Promise<SweepProgress> {
  const admission = new Admission(input)
  const startedAt = input.carried?.startedAt ?? new Date().toISOString()
  let over = false
  const records: Promise<void>[] = []
  const record = (): void => {
    const status = statusOf(admission, over)
    const finishedAt = over ? new Date().toISOString() : ''
    const { manifest, planned } = admission
    const stopped = stopOf(admission)
    const row = { sweep: input.sweep, manifest, planned, status, startedAt, finishedAt, ...stopped }
    const version = Date.now() * 10 + (over ? 1 : 0)
    records.push(CancellationScope.nonCancellable(() => recordSweep({ ...row, version })))
  }
  const progress = (): SweepProgress => ({
    sweep: input.sweep,
    status: statusOf(admission, over),
    planned: admission.planned,
    admitted: admission.nextIndex,
    window: admission.window,
    openShards: admission.openShards,
    counts: admission.counts,
    ...(input.roundSize === undefined ? {} : { roundSize: input.roundSize }),
    ...stopOf(admission),
  })
  handle(admission, { record, progress, isOver: () => over })

  record()
  admission.fleetChanged(await countFleetSlots())
  await admit(admission)
  if (!admission.cancelled && admission.nextIndex < admission.planned) {
    await Promise.all(records)
    await condition(allHandlersFinished)
    const { manifest, planned, limits } = admission
    const carried = { ...admission.carry(), startedAt }
    return continueAsNew<typeof sweep>({ ...input, manifest, planned, limits, carried })
  }
  over = true
  record()
  await CancellationScope.nonCancellable(() => Promise.all(records))
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished))
  return progress()
}

/** Until the plan is done, the sweep is cancelled, or the history is long enough for a new run. */
async function admit(admission: Admission): Promise<void> {
  try {
    for (;;) {
      const mayGrow = () => {
        const { continueAsNewSuggested, historyLength } = workflowInfo()
        const isLong = admission.isBetweenRounds() && historyLength > LONG_HISTORY
        return !continueAsNewSuggested && !isLong
      }
      const next = () => admission.canStartShard() && mayGrow()
      const done = () =>
        admission.openShards === 0 && (admission.isExhausted() || admission.cancelled || !mayGrow())
      await condition(() => next() || admission.lookIsDue() || done())
      if (admission.lookIsDue()) await admission.look(lookAtRound)
      else if (done()) return
      else admission.startShard()
    }
  } catch (error) {
    if (!isCancellation(error)) throw error
    admission.cancel()
    await CancellationScope.nonCancellable(() => condition(() => admission.openShards === 0))
  }
}

interface Handlers {
  readonly record: () => void
  readonly progress: () => SweepProgress
  readonly isOver: () => boolean
}

function handle(admission: Admission, { record, progress, isOver }: Handlers): void {
  const validator = (): void => {
    if (isOver() || admission.cancelled) {
      throw ApplicationFailure.nonRetryable('The sweep has ended.', 'sweep.not-running')
    }
  }
  const change = (act: () => boolean): SweepProgress => {
    if (act()) record()
    return progress()
  }
  setHandler(progressQuery, progress)
  setHandler(fleetChangedSignal, (slots) => admission.fleetChanged(slots))
  setHandler(shardAdmittedSignal, (shard) => admission.shardAdmitted(shard))
  setHandler(pauseUpdate, () => change(() => admission.pause()), { validator })
  setHandler(resumeUpdate, () => change(() => admission.resume()), { validator })
  setHandler(cancelUpdate, () => change(() => admission.cancel()))
  setHandler(setConcurrencyUpdate, (size) => change(() => admission.setConcurrency(size)), {
    validator: (size) => {
      validator()
      if (size !== null && !(Number.isInteger(size) && size >= 1)) {
        throw ApplicationFailure.nonRetryable(
          `Concurrency must be a whole number from 1, or null for the fleet's size; not ${size}.`,
          'input.invalid',
        )
      }
    },
  })
  setHandler(extendUpdate, (extension) => change(() => admission.extend(extension)), {
    validator: ({ base, manifest, planned }) => {
      validator()
      if (manifest === admission.manifest) return
      if (base !== admission.manifest) {
        throw ApplicationFailure.nonRetryable(
          'The plan of the sweep was changed meanwhile. Read it again and repeat the extension.',
          'sweep.changed',
        )
      }
      if (planned < admission.planned) {
        throw ApplicationFailure.nonRetryable(
          `The sweep has ${admission.planned} trials; an extension to ${planned} would drop some.`,
          'input.invalid',
        )
      }
    },
  })
}

function statusOf(admission: Admission, over: boolean): SweepStatus {
  if (admission.cancelled) return over ? 'cancelled' : 'cancelling'
  if (over) return admission.isStoppedEarly() ? 'stopped' : 'finished'
  return admission.paused ? 'paused' : 'running'
}

const stopOf = ({ stopped }: Admission): { stopped?: EarlyStop } =>
  stopped === null ? {} : { stopped }
