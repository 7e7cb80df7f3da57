import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtif } from '../analytics/atif/write-atif.ts'
import { readTrial } from '../analytics/read-trial.ts'
import type { Store } from '../analytics/store.ts'
import { Failure } from '../core/failure.ts'
import { isTrialId, type SweepId, type TrialId } from '../core/ids.ts'
import packageJson from '../package.json' with { type: 'json' }
import { allTrials } from './all-trials.ts'
import type { Connections } from './connections.ts'
import { findSweep } from './find-sweep.ts'
import { attemptEvents, type NumberedEvent } from './trial-events.ts'

export interface ExportedTrajectories {
  readonly files: readonly string[]
  /** Trials without an attempt that counts: there is nothing to write. */
  readonly leftOut: number
}

/**
 * Writes the attempt that counts of a trial, or of every trial of a sweep, as one file of ATIF each,
 * called after the trial.
 *
 * @throws Failure `input.invalid` when the folder cannot be written.
 */
export async function exportAtif(
  farm: Connections,
  { reference, folder }: { readonly reference: string; readonly folder: string },
): Promise<ExportedTrajectories> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw unwritable(folder, cause)
  })
  const files: string[] = []
  let leftOut = 0
  for await (const id of trialsMeant(farm, reference)) {
    const text = await trajectoryText(farm.store, id)
    if (text === null) {
      leftOut += 1
      continue
    }
    const file = join(folder, `${id}.json`)
    await writeFile(file, text).catch((cause: unknown) => {
      throw unwritable(file, cause)
    })
    files.push(file)
  }
  return { files, leftOut }
}

/** A trial by its id; anything else is a sweep. */
async function* trialsMeant(farm: Connections, reference: string): AsyncGenerator<TrialId> {
  const typed = reference.toLowerCase()
  if (isTrialId(typed)) {
    yield typed
    return
  }
  const { sweep }: { sweep: SweepId } = await findSweep(farm, reference)
  for await (const { trial } of allTrials(farm.store, sweep)) yield trial
}

async function trajectoryText(store: Store, id: TrialId): Promise<string | null> {
  const trial = await readTrial(store, id)
  const attempt = trial.result?.attempt ?? 0
  if (attempt === 0) return null
  const events: NumberedEvent[] = []
  for await (const event of attemptEvents(store, { sweep: trial.sweep, trial: id, attempt })) {
    events.push(event)
  }
  const trajectory = writeAtif({ trial, attempt, events, programVersion: packageJson.version })
  return `${JSON.stringify(trajectory, null, 2)}\n`
}

function unwritable(path: string, cause: unknown): Failure {
  return new Failure('input.invalid', `${path} cannot be written.`, { facts: { path }, cause })
}
