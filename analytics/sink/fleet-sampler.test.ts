import { expect, test } from 'vitest'
import { metricRows } from './fleet-sampler.ts'

test('sinks that look within the same ten seconds write the same rows', () => {
  const presence = {
    node: 'node-a',
    boot: 'boot',
    host: 'host',
    startedAt: '2026-01-01T00:00:00.000Z',
    draining: false,
    cpus: 2,
    memoryMb: 1_024,
    slots: 4,
    running: [],
  }
  const noon = Date.UTC(2026, 0, 1, 12)
  expect(metricRows(presence, noon + 9_999)).toEqual(metricRows(presence, noon))
  expect(metricRows(presence, noon)).toContainEqual({
    metric: 'slots',
    node: 'node-a',
    ts: '2026-01-01 12:00:00',
    value: 4,
  })
})
