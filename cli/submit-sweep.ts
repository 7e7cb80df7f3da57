import { newSweepId } from '../core/ids.ts'
import type { Connections } from './connections.ts'
import { newManifest, type StoredManifest, storeManifest, wholeBlock } from './make-manifest.ts'
import type { SweepPlan } from './plan-sweep.ts'
import { startSweep } from './sweep-workflow.ts'

/**
 * Leaves the tasks and the plan with the coordinator, then starts the sweep. Until its last step
 * nothing has begun, and blobs that nobody asks for do no harm.
 *
 * @throws Failure `stack.part-failed` when the coordinator or Temporal does not answer.
 */
export async function submitSweep(farm: Connections, plan: SweepPlan): Promise<StoredManifest> {
  const client = await farm.temporal()
  const block = await wholeBlock(farm.blobs, plan)
  const stored = await storeManifest(farm.blobs, newManifest(newSweepId(), plan, [block]))
  await startSweep(client, stored)
  return stored
}
