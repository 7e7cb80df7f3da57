import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { readSweep } from '../analytics/read-sweeps.ts'
import { countTrials } from '../coordinator/contract/plan.ts'
import { isDone, type Manifest, type SweepProgress } from '../coordinator/contract/sweep.ts'
import { getJson } from '../core/blobs.ts'
import { Failure, type FailureCode } from '../core/failure.ts'
import { type Digest, isDigest, type SweepId } from '../core/ids.ts'
import { analystRows } from './analyst-query.ts'
import type { Connections } from './connections.ts'
import { extendManifest } from './extend-manifest.ts'
import { storeManifest } from './make-manifest.ts'
import { extendSweep, readProgress, restartSweep } from './sweep-workflow.ts'

export interface Extended {
  /** The seeds that are new; empty when the sweep had them all. */
  readonly seeds: readonly number[]
  readonly planned: number
}

/** How often others may change the plan between reading it and extending it. */
const TRIES = 5
const PAUSE_MS = 300

/**
 * Gives a sweep further seeds of every contestant and task it has, whether it runs or has finished.
 * When somebody else extends it at the same moment, both extensions are made, one after the other.
 *
 * @param seeds as `addedSeeds` reads them.
 * @throws Failure `sweep.not-running` when it was cancelled, `sweep.unfinished` when it ended by force,
 *   `sweep.changed` when others extended it before each of several tries.
 */
export async function giveSeeds(
  farm: Connections,
  sweep: SweepId,
  seeds: string,
): Promise<Extended> {
  for (let left = TRIES; ; left--) {
    try {
      return await extendOnce(farm, sweep, seeds)
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'sweep.changed' || left <= 1) throw error
      await sleep(PAUSE_MS)
    }
  }
}

/**
 * Between reading the plan and changing it, others changed it, or the sweep ended; one that is just
 * ending, or that others made run again, can neither be restarted nor extended from its old plan.
 */
const OVERTAKEN: ReadonlySet<FailureCode> = new Set([
  'sweep.changed',
  'sweep.exists',
  'sweep.not-running',
])

function overtaken(error: unknown): never {
  if (!(error instanceof Failure) || !OVERTAKEN.has(error.code)) throw error
  const message = 'The sweep was changed or ended at the same moment. Say it again.'
  throw new Failure('sweep.changed', message, { facts: error.facts, cause: error })
}

async function extendOnce(farm: Connections, sweep: SweepId, seeds: string): Promise<Extended> {
  const client = await farm.temporal()
  const progress = await readProgress(client, sweep)
  if (progress.status === 'cancelled' || progress.status === 'cancelling') {
    const message = `Sweep ${sweep} is ${progress.status}. Submit a new one: sbench run`
    throw new Failure('sweep.not-running', message, { facts: { sweep } })
  }
  const present = await presentManifest(farm, progress)
  const extension = extendManifest(present.manifest, seeds)
  if (extension.seeds.length === 0) return { seeds: [], planned: progress.planned }
  const stored = await storeManifest(farm.blobs, extension.manifest)
  if (isDone(progress.status)) {
    const { startedAt } = await readSweep(farm.store, sweep)
    await restartSweep(client, stored, { progress, startedAt }).catch(overtaken)
  } else {
    await extendSweep(client, stored, present.digest).catch(overtaken)
  }
  return { seeds: extension.seeds, planned: stored.planned }
}

const MANIFEST = 'SELECT manifest FROM sbench.sweeps FINAL WHERE sweep_id = {sweep:String}'
const manifestRow = z.object({ manifest: z.string().refine(isDigest) })
const RECORD_TIMEOUT_MS = 15_000

/**
 * The plan that the sweep follows now. The database learns of a change a little later than the
 * workflow, so a plan of another length is an old one.
 *
 * @throws Failure `engine.unreachable` when the database does not catch up.
 */
async function presentManifest(
  farm: Connections,
  { sweep, planned }: SweepProgress,
): Promise<{ manifest: Manifest; digest: Digest }> {
  for (const deadline = Date.now() + RECORD_TIMEOUT_MS; Date.now() < deadline; await sleep(250)) {
    const query = { sql: MANIFEST, parameters: { sweep } }
    const [row] = await analystRows(farm.analyst, manifestRow, query)
    if (row === undefined) continue
    const manifest = await getJson<Manifest>(farm.blobs, row.manifest)
    if (countTrials(manifest) === planned) return { manifest, digest: row.manifest }
  }
  const message = `The database does not know the present plan of sweep ${sweep} yet. Is the sink running?`
  throw new Failure('engine.unreachable', message, { facts: { sweep } })
}
