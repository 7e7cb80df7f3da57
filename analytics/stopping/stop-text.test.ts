import { expect, test } from 'vitest'
import type { StopInterval } from './stop-intervals.ts'
import { stopText } from './stop-text.ts'

const interval: StopInterval = {
  first: 'loop+a',
  second: 'loop+b',
  measure: 'pass',
  method: 'confidence-sequence',
  level: 0.95,
  margin: 0.02,
  tasks: 50,
  rounds: 5,
  missing: 0,
  estimate: 0.123,
  low: 0.031,
  high: 0.215,
  intervalRound: 5,
  reason: 'different',
  decidedRound: 5,
  stop: 'different',
}
const stopped = { round: 5, reason: 'different', leftOut: 1_500 } as const

test('a sweep that stopped says when, by what, what it left out, and the interval of the sequence', () => {
  expect(stopText({ status: 'stopped', stopped, intervals: [interval] })).toEqual([
    'Stopped early after 5 rounds: a difference is there; 1500 trials left out of the plan.',
    '  pass rate in points on these 50 tasks, 95% confidence sequence, margin 2.0',
    '  loop+a – loop+b: +12.3, +3.1 to +21.5, different',
  ])
})

test('one that goes on, or ran to its end, says that nothing is decided', () => {
  const open = { ...interval, reason: null, decidedRound: null, stop: null }
  const [running] = stopText({ status: 'paused', stopped: null, intervals: [open] })
  expect(running).toBe('May stop early: nothing decided after 5 rounds.')
  const [ended, , pair] = stopText({ status: 'finished', stopped: null, intervals: [open] })
  expect(ended).toBe('Could have stopped early: nothing decided after 5 rounds.')
  expect(pair).toMatch(/undecided$/)
})

test('what the last round decided is no early stop, and an extension since is said', () => {
  const late = { ...stopped, leftOut: 0 }
  const [head] = stopText({ status: 'finished', stopped: late, intervals: [interval] })
  expect(head).toBe('Decided with its last round, after 5 rounds: a difference is there.')
  const [longer] = stopText({ status: 'finished', stopped, intervals: [interval] })
  expect(longer).toMatch(/1500 trials left out of the plan; it was extended since\.$/)
})

test('a pair that was decided before says since when; between looks, how old its interval is', () => {
  const earlier = { ...interval, decidedRound: 3, intervalRound: 4, missing: 2 }
  const lines = stopText({
    stopped,
    status: 'stopped',
    intervals: [earlier, { ...earlier, first: 'nop' }],
  })
  expect(lines[1]).toContain('for 2 pairs together')
  expect(lines[2]).toMatch(
    /\(after round 4\), different since round 3, 2 of 250 pairs of trials missing$/,
  )
})

test('before the first interval, and without a rule, nothing is made up', () => {
  const none = { ...interval, estimate: null, low: null, high: null, reason: null, stop: null }
  const lines = stopText({ status: 'running', stopped: null, intervals: [none] })
  expect(lines.at(-1)).toBe('  loop+a – loop+b: no interval yet')
  expect(stopText({ status: 'finished', stopped: null, intervals: [] })).toEqual([])
})
