import { sequenceHalfWidth } from './confidence-sequence.ts'
import { obrienFleming } from './group-sequential.ts'
import { normalUpperTail } from './normal.ts'
import { tQuantile } from './student-t.ts'
import { FEWEST_TASKS, MICRO } from './task-cell.ts'

/** When a sweep may stop for one pair of its contestants; fixed before its first round. */
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
  /** Stop too where further seeds would buy next to nothing over tasks like these. */
  readonly precise: boolean
}

export type StopReason = 'different' | 'equivalent' | 'precise'

/**
 * One task's differences, first less second, over the rounds in which both have a score: rounds in
 * which one is missing are left out, never counted as zero.
 */
export interface TaskDifferences {
  readonly n: number
  /** In millionths, and of their squares. */
  readonly sum: number
  readonly sumSquares: number
}

export interface StopVerdict {
  /** Null: go on. */
  readonly reason: StopReason | null
  /** Mean difference on these tasks, first less second, every task weighing the same. */
  readonly estimate: number
  /**
   * Of the sequence, or of the looks so far: the interval to be printed after stopping. Null
   * between planned looks, where one may not look.
   */
  readonly interval: { readonly low: number; readonly high: number } | null
}

export interface StopOptions {
  /** That have ended. */
  readonly rounds: number
  readonly rule: StopRule
  /** As {@link boundsOf} gives them, for those who judge many pairs by one rule. */
  readonly bounds?: readonly number[]
}

/** More seeds would narrow the interval over tasks like these by less than this share. */
const PRECISE = 0.1

/**
 * Whether to stop after whole rounds, a round being one trial of every task for both contestants.
 *
 * - `different`: the interval excludes 0;
 * - `equivalent`: it lies within the margin;
 * - `precise`: no number of further seeds narrows the interval over tasks like these by 10 %; there
 *   is none below ten tasks.
 *
 * The variance of a round is that within tasks, and one trial more that went the other way: a few
 * tasks on which no trial differs yet would else have no scatter at all, and raise false alarms
 * (10 % at a nominal 5 on one task, 7 % on twenty hard ones; 2 % with it). Boundaries of planned
 * looks take their tails from Student's t.
 *
 * @param tasks all of the contrast.
 * @returns null while a task has fewer than two rounds with both scores: its scatter is not known.
 */
export function stopVerdict(
  tasks: readonly TaskDifferences[],
  { rounds, rule, bounds = boundsOf(rule) }: StopOptions,
): StopVerdict | null {
  if (tasks.length === 0 || tasks.some(({ n }) => n < 2)) return null
  const estimate = tasks.reduce((sum, task) => sum + meanOf(task), 0) / tasks.length
  const half = halfWidth(scatterOf(tasks), { rounds, rule, bounds })
  const ends = half === null ? null : { low: estimate - half, high: estimate + half }
  const interval =
    ends === null ? null : { low: Math.max(-1, ends.low), high: Math.min(1, ends.high) }
  return { estimate, interval, reason: reasonOf(tasks, { rounds, rule, ends }) }
}

function reasonOf(
  tasks: readonly TaskDifferences[],
  {
    rounds,
    rule: { margin, minRounds, precise },
    ends,
  }: {
    readonly rounds: number
    readonly rule: StopRule
    readonly ends: { readonly low: number; readonly high: number } | null
  },
): StopReason | null {
  if (rounds < minRounds) return null
  if (ends !== null) {
    if (margin !== null && ends.low > -margin && ends.high < margin) return 'equivalent'
    if (ends.low > 0 || ends.high < 0) return 'different'
  }
  const hasInterval = tasks.length >= FEWEST_TASKS
  return precise && hasInterval && seedsLeft(tasks) < PRECISE ? 'precise' : null
}

interface Scatter {
  /** Standard deviation of one round's mean difference. */
  readonly sd: number
  /** Rounds that a design without missing trials would need for the same error: not always whole. */
  readonly rounds: number
  /** Satterthwaite's. */
  readonly degrees: number
}

function scatterOf(tasks: readonly TaskDifferences[]): Scatter {
  let [total, error, weights] = [0, 0, 0]
  const add = (variance: number, n: number) => {
    total += variance
    error += variance / n
    weights += variance ** 2 / (n - 1)
  }
  for (const task of tasks) add(varianceOf(task), task.n)
  const fewest = Math.min(...tasks.map(({ n }) => n))
  add(1 / (fewest - 1), fewest)
  const degrees = total ** 2 / weights
  return { sd: Math.sqrt(total) / tasks.length, rounds: total / error, degrees }
}

/** Null between planned looks. */
function halfWidth(
  { sd, rounds: n, degrees }: Scatter,
  { rounds, rule, bounds }: Required<StopOptions>,
): number | null {
  const { method, alpha, minRounds, maxRounds } = rule
  if (method === 'confidence sequence') {
    const expectedRounds = Math.max(minRounds, Math.round(maxRounds / 2))
    return sequenceHalfWidth(sd, { rounds: n, alpha, expectedRounds })
  }
  const bound = bounds[plannedLooks(rule).indexOf(rounds)]
  if (bound === undefined) return null
  return (-tQuantile(normalUpperTail(bound), degrees) * sd) / Math.sqrt(n)
}

/** What |z| has to reach at each planned look; none for a confidence sequence. */
export function boundsOf({ method, looks, alpha }: StopRule): readonly number[] {
  return method === 'planned looks' ? obrienFleming(looks, { alpha }) : []
}

/** Rounds after which one looks: as even as whole rounds allow, the last one after all. */
export function plannedLooks({
  looks,
  maxRounds,
}: Pick<StopRule, 'looks' | 'maxRounds'>): number[] {
  return Array.from({ length: looks }, (_, at) => Math.ceil(((at + 1) * maxRounds) / looks))
}

/**
 * Share of the interval over tasks like these that no scatter within tasks would remove: 0 when the
 * choice of tasks is all of the error.
 */
function seedsLeft(tasks: readonly TaskDifferences[]): number {
  const means = tasks.map(meanOf)
  const mean = means.reduce((sum, value) => sum + value, 0) / tasks.length
  const total = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (tasks.length - 1)
  const { sd, rounds } = scatterOf(tasks)
  const within = (sd ** 2 * tasks.length) / rounds
  return total === 0 ? 1 : 1 - Math.sqrt(Math.max(0, total - within) / total)
}

const meanOf = ({ n, sum }: TaskDifferences): number => sum / n / MICRO

/** Of one round's difference, without bias; never below 0, which rounding could make it. */
function varianceOf({ n, sum, sumSquares }: TaskDifferences): number {
  return Math.max(0, sumSquares - sum ** 2 / n) / (n - 1) / MICRO ** 2
}
