import type { Block } from '../coordinator/contract/sweep.ts'
import { newSweepId } from '../core/ids.ts'
import type { Connections } from './connections.ts'
import { newManifest, type StoredManifest, storeManifest, wholeBlock } from './make-manifest.ts'
import type { SweepPlan } from './plan-sweep.ts'
import { startSweep } from './sweep-workflow.ts'

/**
 * Leaves the tasks and the plan with the coordinator, then starts the sweep. Until its last step
 * nothing has begun, and blobs that nobody asks for do no harm.
 *
 * @param more run after the first, with the limits of the first.
 * @throws Failure `stack.part-failed` when the coordinator or Temporal does not answer.
 */
export async function submitSweep(
  farm: Connections,
  plan: SweepPlan,
  more: readonly SweepPlan[] = [],
): Promise<StoredManifest> {
  const client = await farm.temporal()
  const blocks: Block[] = []
  for (const part of [plan, ...more]) blocks.push(await wholeBlock(farm.blobs, part))
  const stored = await storeManifest(farm.blobs, newManifest(newSweepId(), plan, blocks))
  await startSweep(client, stored)
  return stored
}
