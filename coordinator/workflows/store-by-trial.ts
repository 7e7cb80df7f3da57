import {
  ActivityFailure,
  CancellationScope,
  defineSignal,
  getExternalWorkflowHandle,
  proxyActivities,
  sleep,
  TimeoutFailure,
} from '@temporalio/workflow'
import type { PersistResultInput, SinkActivities } from '../contract/activities.ts'
import { SHARD_SIGNALS } from '../contract/messages.ts'
import type { TrialInput } from '../contract/sweep.ts'
import { STORAGE } from './result-storage.ts'

const waitsForStorage = defineSignal(SHARD_SIGNALS.trialWaitsForStorage)

/** A result that waits longer than this for storage makes room for the next trial. */
const STORAGE_PATIENCE_MS = 30_000

type Storage = Pick<SinkActivities, 'persistResult'>
const { persistResult } = proxyActivities<Storage>(STORAGE)
const { persistResult: persistSoon } = proxyActivities<Storage>({
  ...STORAGE,
  scheduleToCloseTimeout: STORAGE_PATIENCE_MS,
})

/**
 * How trials that began before revision 4 store their results, each for itself. Storing twice what is
 * stored already changes nothing, so the impatient call may be given up.
 */
export async function storeByTrial(
  { shard, revision = 1 }: TrialInput,
  result: PersistResultInput,
): Promise<void> {
  if (revision < 3) return storeBesideTimer(result, shard)
  try {
    await persistSoon(result)
  } catch (error) {
    if (!isLate(error)) throw error
    await tellShard(shard)
    await persistResult(result)
  }
}

/** Its time is over, or the next of its tries would come too late. */
function isLate(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false
  return error.cause instanceof TimeoutFailure || error.retryState === 'TIMEOUT'
}

/** A timer is a tenth of a trial's history, and seldom rings. */
async function storeBesideTimer(result: PersistResultInput, shard: string): Promise<void> {
  const stored = persistResult(result)
  const patience = new CancellationScope()
  const late = patience
    .run(() => sleep(STORAGE_PATIENCE_MS))
    .then(
      () => true,
      () => false,
    )
  const isOver = await Promise.race([stored.then(() => false), late])
  patience.cancel()
  if (isOver) await tellShard(shard)
  await stored
}

async function tellShard(shard: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(shard).signal(waitsForStorage)
  } catch {
    // A shard that has ended needs no more room.
  }
}
