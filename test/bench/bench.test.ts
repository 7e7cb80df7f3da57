import { expect, test } from 'vitest'
import { factRow, ratioRow } from './bench.ts'
import { benchTable } from './bench-table.ts'
import { difference, sum } from './core-accounts.ts'
import { coreSeconds, residentBytes } from './process-usage.ts'

test('a ratio is met up to its bound, on the side that the bound names', () => {
  const met = (ours: number, bound: { most: number } | { least: number }) =>
    ratioRow('what', { ours, anchor: 4, unit: 's', ...bound }).met
  expect([met(5, { most: 1.25 }), met(5.01, { most: 1.25 })]).toEqual([true, false])
  expect([met(2, { least: 0.5 }), met(1.99, { least: 0.5 })]).toEqual([true, false])
})

test('a table shows a missed target, and facts as facts', () => {
  const table = benchTable([
    ratioRow('slow', { ours: 3, anchor: 2, unit: 's', most: 1.25 }),
    factRow('fact', { ours: 12.345, unit: 'core-ms' }),
  ])
  expect(table.split('\n').slice(1, 3)).toEqual([
    expect.stringMatching(/^slow +3\.00 s +2\.00 s +1\.50x +<= 1\.25x +NO$/),
    expect.stringMatching(/^fact +12\.35 core-ms +- +- +- +yes$/),
  ])
})

test('use of a process is what the process says of itself', () => {
  const own = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6
  const [before, ownBefore] = [coreSeconds(process.pid), own()]
  while (own() - ownBefore < 0.2) Math.random()
  expect(coreSeconds(process.pid) - before).toBeGreaterThan(0.1)
  expect(coreSeconds(process.pid) - before).toBeLessThan(0.3 + own() - ownBefore)
  const now = residentBytes(process.pid)
  expect(now / process.memoryUsage.rss()).toBeCloseTo(1, 0)
  expect(residentBytes(process.pid, 'peak')).toBeGreaterThanOrEqual(now)
})

test('accounts add up by name, and parts that came later count in full', () => {
  const before = new Map([['a', 1]])
  const after = new Map([
    ['a', 3],
    ['b', 2],
  ])
  const spent = difference(after, before)
  expect([...sum([spent, spent])]).toEqual([
    ['a', 4],
    ['b', 4],
  ])
})
