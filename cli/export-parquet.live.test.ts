import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { migrate } from '../analytics/schema/migrate.ts'
import { newSweepId } from '../core/ids.ts'
import { Engine } from '../test/support/engine.ts'
import { exportParquet } from './export-parquet.ts'

test('results are written as one whole file of Parquet, or not at all', async () => {
  await using engine = await Engine.start()
  await using store = engine.store()
  await migrate(store)
  const sweep = newSweepId()
  await store.insert(
    'results',
    Array.from({ length: 500 }, (_, seed) => ({
      sweep_id: sweep,
      trial_id: seed.toString(16).padStart(32, '0'),
      version: 1,
      contestant: 'oracle',
      task: 'only-task',
      seed,
      outcome: 'scored',
      scored: true,
      pass: true,
      score_micros: 1_000_000,
    })),
  )
  const folder = await mkdtemp(join(tmpdir(), 'sbench-parquet-'))
  try {
    const access = { url: engine.url, password: '' }
    const file = join(folder, 'results.parquet')
    const bytes = await exportParquet(access, { sweep, file })
    const written = await readFile(file)
    expect(written).toHaveLength(bytes)
    // The mark of the format at both ends; names of columns in the footer between.
    expect(written.toString('latin1', 0, 4)).toBe('PAR1')
    expect(written.toString('latin1', bytes - 4)).toBe('PAR1')
    const footer = written.subarray(bytes - 8 - written.readUInt32LE(bytes - 8)).toString('latin1')
    for (const column of ['trial_id', 'score_micros', 'finished_at'])
      expect(footer).toContain(column)
    const nowhere = join(folder, 'no', 'such', 'folder.parquet')
    await expect(exportParquet(access, { sweep, file: nowhere })).rejects.toMatchObject({
      code: 'input.invalid',
    })
    expect(await readdir(folder)).toEqual(['results.parquet'])
  } finally {
    await rm(folder, { recursive: true })
  }
})
