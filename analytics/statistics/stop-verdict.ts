import { roundDeviation, sequenceHalfWidth } from './confidence-sequence.ts'
import { obrienFleming } from './group-sequential.ts'

/** When a sweep of two contestants may stop; fixed before its first round. */
export interface StopRule {
  /** How one may look: after every round, or at so many planned looks. */
  readonly method: 'confidence sequence' | 'planned looks'
  /** Chance of ever stopping for a difference that is not there. */
  readonly alpha: number
  /** Smallest difference that matters, as a fraction; null when any does. */
  readonly margin: number | null
  /** No stop before so many rounds; at least two, since one shows no scatter. */
  readonly minRounds: number
  /** Rounds that the sweep may have: planned looks are spread over them. */
  readonly maxRounds: number
  /** Planned looks, K; not read by a confidence sequence. */
  readonly looks: number
}

export type StopReason = 'different' | 'equivalent' | 'precise' | 'rounds'

export interface StopVerdict {
  readonly rounds: number
  /** Null: go on. */
  readonly reason: StopReason | null
  /** Mean difference on these tasks, first less second. */
  readonly estimate: number
  /** Of the sequence, or of the looks so far: the interval to be printed after stopping. */
  readonly low: number
  readonly high: number
}

/** More seeds would narrow the interval over tasks like these by less than this share. */
const PRECISE = 0.1

/**
 * Whether to stop after whole rounds, a round being one trial of every task for both contestants.
 *
 * - `different`: the interval excludes 0;
 * - `equivalent`: it lies within the margin;
 * - `precise`: no number of further seeds narrows the interval over tasks like these by 10 %;
 * - `rounds`: there are no more to run.
 *
 * @param differences rounds x tasks: round by round, each task's difference in that round.
 * @returns null before two rounds are whole.
 */
export function stopVerdict(
  differences: Float64Array,
  { tasks, rule }: { readonly tasks: number; readonly rule: StopRule },
): StopVerdict | null {
  const sd = roundDeviation(differences, tasks)
  if (sd === null) return null
  const rounds = differences.length / tasks
  const estimate = differences.reduce((sum, value) => sum + value, 0) / differences.length
  const half = halfWidth(sd, rounds, rule)
  const ends = { low: estimate - half, high: estimate + half }
  const verdict = { rounds, estimate, low: Math.max(-1, ends.low), high: Math.min(1, ends.high) }
  const reason = reasonOf(differences, { tasks, rounds, rule, ...ends })
  return { ...verdict, reason }
}

function reasonOf(
  differences: Float64Array,
  {
    tasks,
    rounds,
    rule,
    low,
    high,
  }: {
    readonly tasks: number
    readonly rounds: number
    readonly rule: StopRule
    readonly low: number
    readonly high: number
  },
): StopReason | null {
  const { margin, minRounds, maxRounds } = rule
  if (rounds < minRounds) return null
  if (margin !== null && low > -margin && high < margin) return 'equivalent'
  if (low > 0 || high < 0) return 'different'
  if (seedsLeft(differences, tasks) < PRECISE) return 'precise'
  return rounds >= maxRounds ? 'rounds' : null
}

/** Infinite between planned looks: one may not look there. */
function halfWidth(sd: number, rounds: number, rule: StopRule): number {
  const { method, alpha, minRounds, maxRounds, looks } = rule
  if (method === 'confidence sequence') {
    const expectedRounds = Math.max(minRounds, Math.round(maxRounds / 2))
    return sequenceHalfWidth(sd, { rounds, alpha, expectedRounds })
  }
  const planned = Array.from({ length: looks }, (_, at) =>
    Math.ceil(((at + 1) * maxRounds) / looks),
  )
  const bound = obrienFleming(looks, { alpha })[planned.indexOf(rounds)]
  return bound === undefined ? Number.POSITIVE_INFINITY : (bound * sd) / Math.sqrt(rounds)
}

/**
 * Share of the interval over tasks like these that no scatter within tasks would remove: 0 when the
 * choice of tasks is all of the error.
 */
function seedsLeft(differences: Float64Array, tasks: number): number {
  const rounds = differences.length / tasks
  const means = Array.from({ length: tasks }, (_, task) => {
    let sum = 0
    for (let round = 0; round < rounds; round++) sum += differences[round * tasks + task] ?? 0
    return sum / rounds
  })
  const mean = means.reduce((sum, value) => sum + value, 0) / tasks
  const total = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (tasks - 1)
  const within = ((roundDeviation(differences, tasks) ?? 0) ** 2 * tasks) / rounds
  if (!(total > 0)) return within > 0 ? 1 : 0
  return 1 - Math.sqrt(Math.max(0, total - within) / total)
}
