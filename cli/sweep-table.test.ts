import { expect, test } from 'vitest'
import type { NodePresence, RunningTrial } from '../coordinator/contract/fleet.ts'
import { NO_OUTCOMES, type SweepProgress } from '../coordinator/contract/sweep.ts'
import { newSweepId } from '../core/ids.ts'
import { LiveArea } from './live-area.ts'
import { PaceMeter } from './pace.ts'
import { sweepLine, sweepTable } from './sweep-table.ts'
import { type Standing, viewOf } from './sweep-view.ts'

const sweep = newSweepId()
const nowMs = Date.parse('2026-01-01T12:00:00Z')
const progress: SweepProgress = {
  sweep,
  status: 'running',
  planned: 60,
  admitted: 60,
  window: 8,
  openShards: 1,
  counts: NO_OUTCOMES,
}
const standings: Standing[] = [
  {
    contestant: 'oracle',
    simulated: false,
    planned: 30,
    finished: 12,
    valid: 10,
    passed: 10,
    score: 1,
  },
  {
    contestant: 'sim/mid',
    simulated: true,
    planned: 30,
    finished: 0,
    valid: 0,
    passed: 0,
    score: null,
  },
]
const trial = (seed: number, secondsAgo: number, of: string = sweep): RunningTrial => ({
  sweep: of,
  trial: String(seed),
  attempt: 1,
  contestant: 'oracle',
  task: 'broken-migration',
  seed,
  phase: 'agent',
  since: new Date(nowMs - secondsAgo * 1_000).toISOString(),
})
const node = (name: string, running: RunningTrial[]): NodePresence => ({
  node: name,
  boot: 'boot',
  host: name,
  startedAt: '2026-01-01T00:00:00Z',
  draining: false,
  cpus: 4,
  memoryMb: 8_192,
  slots: 4,
  running,
})
const view = viewOf({
  name: 'nightly',
  progress,
  standings,
  fleet: [node('b-1', [trial(1, 5), trial(9, 1, 'another')]), node('a-1', [trial(2, 65)])],
})
const pace = { perMinute: 12, remainingMs: 240_000 }

test('a terminal shows the contestants, then what runs, longest in its phase first', () => {
  expect(sweepTable(view, { pace, nowMs, columns: 100, rows: 40 }).join('\n')).toBe(
    `nightly  ${sweep}  running
12 of 60 trials (20 %), 2 nodes, 12.0 a minute, about 4 m 00 s left

contestant            done  passed  score  missing  running
oracle               12/30   10/10   1.00        2        2
sim/mid (simulated)   0/30     0/0

node  contestant  task              seed  phase       for
a-1   oracle      broken-migration     2  agent  1 m 05 s
b-1   oracle      broken-migration     1  agent       5 s`,
  )
})

test('no line is wider than the terminal, and no table is taller', () => {
  const busy = viewOf({
    name: 'nightly',
    progress,
    standings,
    fleet: [
      node(
        'a-1',
        Array.from({ length: 300 }, (_, seed) => trial(seed, seed)),
      ),
    ],
  })
  for (const [columns, rows] of [
    [20, 10],
    [80, 24],
    [200, 3],
  ] as const) {
    const lines = sweepTable(busy, { pace, nowMs, columns, rows })
    expect(lines.length).toBeLessThan(rows)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
  }
  const lines = sweepTable(busy, { pace, nowMs, columns: 80, rows: 24 })
  const shown = lines.filter((line) => line.includes('broken-migration')).length
  expect(lines.at(-1)).toBe(`and ${300 - shown} more`)
})

test('a log gets one line with what counts', () => {
  expect(sweepLine(view, pace)).toBe(
    'running: 12/60 trials, 10 passed, 2 missing, 2 running, 12.0 a minute, about 4 m 00 s left',
  )
  const paused = { ...view, status: 'paused' as const, running: [] }
  expect(sweepLine(paused, pace)).toBe('paused: 12/60 trials, 10 passed, 2 missing, 0 running')
})

test('a sweep that stopped early says so, in a line and under its contestants', () => {
  const stopped = { round: 2, reason: 'different', leftOut: 30 } as const
  const early = { ...view, status: 'stopped' as const, running: [], stopped }
  expect(sweepLine(early, pace)).toBe(
    'stopped: 12/60 trials, 10 passed, 2 missing, 0 running; ' +
      'stopped early after 2 rounds: a difference is there; 30 trials left out of the plan',
  )
  const lines = sweepTable(early, { pace, nowMs, columns: 120, rows: 24 })
  expect(lines.at(-1)).toMatch(/^Stopped early after 2 rounds/)
  expect(sweepTable(view, { pace, nowMs, columns: 120, rows: 24 }).join()).not.toMatch(/[Ss]top/)
})

test('the pace is that of the last two minutes, and unknown while nothing comes', () => {
  const meter = new PaceMeter()
  expect(meter.measure(0, 100, 0)).toEqual({ perMinute: 0, remainingMs: null })
  expect(meter.measure(20, 100, 60_000)).toEqual({ perMinute: 20, remainingMs: 240_000 })
  expect(meter.measure(20, 100, 200_000)).toEqual({ perMinute: 0, remainingMs: null })
  expect(meter.measure(100, 100, 210_000)).toMatchObject({ remainingMs: 0 })
})

test('a live area is drawn over in place, and notes stay above it', () => {
  let written = ''
  const area = new LiveArea({ write: (text: string) => (written += text) })
  area.draw(['one', 'two'])
  expect(written).toBe('one\ntwo\n')
  written = ''
  area.note('something happened')
  expect(written).toBe('\u001b[2A\r\u001b[0Jsomething happened\none\ntwo\n')
  written = ''
  area.draw(['three'])
  expect(written).toBe('\u001b[2A\r\u001b[0Jthree\n')
})
