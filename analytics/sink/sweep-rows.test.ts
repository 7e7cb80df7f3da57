import { expect, test } from 'vitest'
import { countTrials } from '../../coordinator/contract/plan.ts'
import { madeManifest } from '../../test/support/made-sweep.ts'
import { planRows } from './sweep-rows.ts'

const planned = (cells: readonly Readonly<Record<string, unknown>>[]) =>
  cells.reduce((sum, { planned: trials }) => sum + Number(trials), 0)

test('cells add up to the plan', () => {
  const manifest = madeManifest({ tasks: 5, seeds: 4 })
  const { tasks, cells } = planRows({ sweep: manifest.sweep, version: 1 }, manifest)
  expect(tasks).toHaveLength(5)
  expect(cells).toHaveLength(15)
  expect(planned(cells)).toBe(countTrials(manifest))
})

test('a block of more seeds extends the cells; one of the same seeds changes nothing', () => {
  const manifest = madeManifest({ tasks: 5, seeds: 2 })
  const [block] = manifest.blocks
  if (block === undefined) throw new Error('no block')
  const extended = { ...manifest, blocks: [block, { ...block, seeds: [3, 4, 5] }] }
  const record = { sweep: manifest.sweep, version: 1 }
  expect(planned(planRows(record, extended).cells)).toBe(15 * 5)
  const repeated = { ...manifest, blocks: [block, block] }
  expect(planRows(record, repeated)).toEqual(planRows(record, manifest))
})
