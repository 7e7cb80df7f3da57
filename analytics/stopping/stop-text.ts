import type { EarlyStop, StopReason } from '../../coordinator/contract/stopping.ts'
import { percent, points } from '../text/figures.ts'
import type { StopInterval } from './stop-intervals.ts'

/** Pairs that a terminal takes; the JSON document has all. */
const SHOWN = 10

export interface StopFacts {
  /** Of the sweep: `stopped`, `finished`, … */
  readonly status: string
  /** Null while its rule has not said stop. */
  readonly stopped: EarlyStop | null
  readonly intervals: readonly StopInterval[]
}

/**
 * What a reader must know of a sweep that may stop early: whether it did, when, by what, and the
 * intervals that hold although one looked after every round. Empty for a sweep without a rule.
 */
export function stopText(facts: StopFacts): string[] {
  const { intervals } = facts
  const [one] = intervals
  if (one === undefined) return facts.stopped === null ? [] : [headOf(facts, 0)]
  const shown = intervals.slice(0, SHOWN).map((interval) => `  ${pairText(interval)}`)
  const rest = intervals.length - shown.length
  return [
    headOf(facts, one.rounds),
    `  ${captionOf(one, intervals.length)}`,
    ...shown,
    ...(rest > 0 ? [`  and ${rest} more pairs: --json has all`] : []),
  ]
}

/** How and when it ended, on one line. */
export function stopLine({ round, reason, leftOut }: EarlyStop): string {
  if (leftOut === 0)
    return `decided with its last round, after ${roundsText(round)}: ${WHY[reason]}`
  const trials = leftOut === 1 ? '1 trial' : `${leftOut} trials`
  return `stopped early after ${roundsText(round)}: ${WHY[reason]}; ${trials} left out of the plan`
}

/** For readers of intervals over these tasks only, of a sweep that stopped early. */
export const FIXED_NOTE =
  'Intervals over these tasks only are for a fixed number of trials: after an early stop they are ' +
  'narrower than they should be.'

const OVER: ReadonlySet<string> = new Set(['stopped', 'finished', 'cancelled'])

const WHY: Readonly<Record<StopReason, string>> = {
  different: 'a difference is there',
  equivalent: 'the difference is within the margin',
  precise: 'further seeds would buy next to nothing',
  decided: 'every comparison is decided',
  budget: 'another round would likely exceed the budget of the stop rule',
}

function headOf({ status, stopped }: StopFacts, rounds: number): string {
  if (stopped !== null) {
    const extended = status !== 'stopped' && stopped.leftOut > 0
    return sentence(`${stopLine(stopped)}${extended ? '; it was extended since' : ''}`)
  }
  const can = OVER.has(status) ? 'Could have stopped early' : 'May stop early'
  return `${can}: nothing decided after ${roundsText(rounds)}.`
}

function captionOf({ method, level, measure, margin, tasks }: StopInterval, pairs: number): string {
  const coverage = `${Number((level * 100).toFixed(3))}%`
  const what = measure === 'pass' ? 'pass rate' : 'score'
  const how =
    method === 'confidence-sequence' ? 'confidence sequence' : 'interval of O’Brien-Fleming looks'
  const all = pairs === 1 ? '' : ` for ${pairs} pairs together`
  const within = margin === null ? '' : `, margin ${percent(margin)}`
  return `${what} in points on these ${tasks} tasks, ${coverage} ${how}${all}${within}`
}

function pairText(interval: StopInterval): string {
  const { first, second, estimate, low, high, intervalRound, rounds, missing, tasks } = interval
  const pair = `${first} – ${second}`
  const { reason, decidedRound } = interval
  const since =
    decidedRound === null || decidedRound === rounds ? '' : ` since round ${decidedRound}`
  const found = reason === null ? 'undecided' : `${reason}${since}`
  const lost = missing === 0 ? '' : `, ${missing} of ${tasks * rounds} pairs of trials missing`
  if (estimate === null || low === null || high === null) return `${pair}: no interval yet${lost}`
  const at = intervalRound === rounds ? '' : ` (after round ${intervalRound})`
  return `${pair}: ${points(estimate)}, ${points(low)} to ${points(high)}${at}, ${found}${lost}`
}

const roundsText = (rounds: number): string => (rounds === 1 ? '1 round' : `${rounds} rounds`)

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
