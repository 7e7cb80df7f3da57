import type { EarlyStop, StopReason } from '../../coordinator/contract/stopping.ts'
import { percent, points } from '../text/figures.ts'
import type { StopInterval } from './stop-intervals.ts'

/** Pairs that a terminal takes; the JSON document has all. */
const SHOWN = 10

export interface StopFacts {
  /** Null for a sweep that has not stopped early. */
  readonly stopped: EarlyStop | null
  /** Nothing more will run. */
  readonly over: boolean
  readonly intervals: readonly StopInterval[]
}

/**
 * What a reader must know of a sweep that may stop early: whether it did, when, by what, and the
 * intervals that hold although one looked after every round. Empty for a sweep without a rule.
 */
export function stopText(facts: StopFacts): string[] {
  const { intervals } = facts
  const [one] = intervals
  if (one === undefined) return facts.stopped === null ? [] : [headOf(facts, null)]
  const shown = intervals.slice(0, SHOWN).map((interval) => `  ${pairText(interval)}`)
  const rest = intervals.length - shown.length
  return [
    headOf(facts, one),
    `  ${captionOf(one, intervals.length)}`,
    ...shown,
    ...(rest > 0 ? [`  and ${rest} more pairs: --json has all`] : []),
  ]
}

/** How and when it ended, on one line. */
export function stopLine({ round, reason, leftOut }: EarlyStop): string {
  const trials = leftOut === 1 ? '1 trial' : `${leftOut} trials`
  return `stopped early after ${roundsText(round)}: ${WHY[reason]}; ${trials} left out of the plan`
}

const WHY: Readonly<Record<StopReason, string>> = {
  different: 'a difference is there',
  equivalent: 'the difference is within the margin',
  precise: 'further seeds would buy next to nothing',
  decided: 'every comparison is decided',
  budget: 'another round would likely exceed the budget of the stop rule',
}

function headOf({ stopped, over }: StopFacts, one: StopInterval | null): string {
  if (stopped !== null) return sentence(stopLine(stopped))
  const rounds = one?.rounds ?? 0
  if (!over) return `May stop early: nothing decided after ${roundsText(rounds)}.`
  const { stop = null } = one ?? {}
  const found = stop === null ? 'undecided' : WHY[stop]
  return sentence(
    `could have stopped early, looked after ${roundsText(rounds)} to its end: ${found}`,
  )
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
