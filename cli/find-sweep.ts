import { z } from 'zod'
import { readSweep } from '../analytics/read-sweeps.ts'
import { Failure } from '../core/failure.ts'
import { isSweepId, type SweepId } from '../core/ids.ts'
import { analystRows } from './analyst-query.ts'
import type { Connections } from './connections.ts'
import { chooseSweep } from './sweep-reference.ts'
import { readProgress } from './sweep-workflow.ts'

export interface FoundSweep {
  readonly sweep: SweepId
  readonly name: string
}

/** As many as a message about an ambiguous beginning can use, and more than decide it. */
const MEANT = `
SELECT DISTINCT sweep_id, name FROM sbench.sweeps
WHERE startsWith(sweep_id, {beginning:String}) OR name = {reference:String}
ORDER BY sweep_id DESC LIMIT 100`

const row = z.object({ sweep_id: z.string().refine(isSweepId), name: z.string() })

/**
 * The sweep that an argument means: a full id, the beginning of one, a name, or `latest`.
 *
 * @throws Failure `sweep.not-found`, also when several begin so.
 */
export async function findSweep(farm: Connections, reference: string): Promise<FoundSweep> {
  if (isSweepId(reference)) return findById(farm, reference)
  const beginning = reference === 'latest' ? '' : reference.toLowerCase()
  const found = await analystRows(farm.analyst, row, {
    sql: MEANT,
    parameters: { beginning, reference },
  })
  const known = found.map(({ sweep_id: sweep, name }) => ({ sweep, name }))
  return findById(farm, chooseSweep(reference, known))
}

/** One that was submitted a moment ago is known to Temporal before it is to the database. */
async function findById(farm: Connections, sweep: SweepId): Promise<FoundSweep> {
  try {
    const { name } = await readSweep(farm.store, sweep)
    return { sweep, name }
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'sweep.not-found') throw error
  }
  await readProgress(await farm.temporal(), sweep).catch((cause: unknown) => {
    if (!(cause instanceof Failure) || cause.code !== 'sweep.not-running') throw cause
    const message = `There is no sweep ${sweep}. See \`sbench sweep list\`.`
    throw new Failure('sweep.not-found', message, { facts: { sweep } })
  })
  return { sweep, name: 'sweep' }
}
