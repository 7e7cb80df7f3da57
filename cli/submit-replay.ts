import { z } from 'zod'
import { readTrial } from '../analytics/read-trial.ts'
import type { Manifest } from '../coordinator/contract/sweep.ts'
import { getJson, putJson } from '../core/blobs.ts'
import { type Digest, isDigest, newSweepId, type SweepId, type TrialId } from '../core/ids.ts'
import { allTrials } from './all-trials.ts'
import { analystRows } from './analyst-query.ts'
import type { Connections } from './connections.ts'
import { type StoredManifest, storeManifest } from './make-manifest.ts'
import { nothingRecorded, type RecordedTrial, replayManifest } from './replay-plan.ts'
import { startSweep } from './sweep-workflow.ts'
import { modelEvents } from './trial-events.ts'

const MANIFEST = 'SELECT manifest FROM sbench.sweeps FINAL WHERE sweep_id = {sweep:String}'
const manifestRow = z.object({ manifest: z.string().refine(isDigest) })

export interface SubmittedReplay extends StoredManifest {
  /** Trials of the recorded sweep that have no recording, and are left out. */
  readonly leftOut: number
}

/**
 * Leaves the recordings of a sweep's trials with the coordinator and starts a sweep that plays them.
 *
 * @param only this trial of it; all when absent.
 * @throws Failure `input.invalid` when nothing is recorded; `sweep.not-found`; `blob.not-found`.
 */
export async function submitReplay(
  farm: Connections,
  of: SweepId,
  only?: TrialId,
): Promise<SubmittedReplay> {
  const client = await farm.temporal()
  const query = { sql: MANIFEST, parameters: { sweep: of } }
  const [row] = await analystRows(farm.analyst, manifestRow, query)
  if (row === undefined) throw nothingRecorded(of)
  const manifest = await getJson<Manifest>(farm.blobs, row.manifest)
  const recordings = new Map<TrialId, Digest>()
  const recorded: RecordedTrial[] = []
  let leftOut = 0
  for await (const { trial, contestant, task, seed } of trialsOf(farm, of, only)) {
    const recording = await storeRecording(farm, of, trial)
    if (recording === null) {
      leftOut += 1
      continue
    }
    recordings.set(trial, recording)
    recorded.push({ trial, contestant, task, seed })
  }
  if (recorded.length === 0) throw nothingRecorded(of)
  const index = await putJson(farm.blobs, Object.fromEntries(recordings))
  const plan = replayManifest(manifest, recorded, {
    sweep: newSweepId(),
    replay: { of, recordings: index },
  })
  const stored = await storeManifest(farm.blobs, plan)
  await startSweep(client, stored)
  return { ...stored, leftOut }
}

async function* trialsOf(
  farm: Connections,
  sweep: SweepId,
  only: TrialId | undefined,
): AsyncGenerator<RecordedTrial> {
  if (only !== undefined) {
    const { contestant, task, seed } = await readTrial(farm.store, only)
    yield { trial: only, contestant, task, seed }
    return
  }
  yield* allTrials(farm.store, sweep)
}

/** NDJSON of the events of the attempt that counts; null when it asked no model. */
async function storeRecording(
  farm: Connections,
  sweep: SweepId,
  trial: TrialId,
): Promise<Digest | null> {
  const { model, result } = await readTrial(farm.store, trial)
  if (model === null || result === null || result.attempt === 0) return null
  const events = await modelEvents(farm.store, { sweep, trial, attempt: result.attempt })
  if (!events.some(({ kind }) => kind === 'model-call')) return null
  const lines = events.map((event) => `${JSON.stringify(event)}\n`)
  return farm.blobs.put(Buffer.from(lines.join('')))
}
