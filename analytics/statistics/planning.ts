import { normalQuantile } from './normal.ts'

/** What is known, or assumed, of two contestants that a sweep is to tell apart. */
export interface ContrastVariance {
  /** Variance over tasks of the true difference between the two: their interaction with tasks. */
  readonly interaction: number
  /** Variance of single trials of one task, of either contestant. */
  readonly withinFirst: number
  readonly withinSecond: number
}

export interface PlanOptions {
  /** Confidence of the finding, as a fraction. */
  readonly level?: number
  /** Chance of finding a difference of the size that is asked for. */
  readonly power?: number
  /** Pairs that are tested together: Holm's first step divides alpha by them. */
  readonly pairs?: number
}

export interface Design {
  readonly tasks: number
  /** Trials of each contestant on each task; Infinity is the floor that seeds cannot go below. */
  readonly seeds: number
}

/** From a pass rate, the share of its variance between tasks, and how alike two find tasks hard. */
export function contrastOfRate({
  rate,
  icc,
  correlation,
}: {
  readonly rate: number
  readonly icc: number
  readonly correlation: number
}): ContrastVariance {
  const total = rate * (1 - rate)
  const within = total * (1 - icc)
  return {
    interaction: 2 * total * icc * (1 - correlation),
    withinFirst: within,
    withinSecond: within,
  }
}

/**
 * Smallest difference that a design detects, over tasks like these, as a fraction:
 * (z of alpha + z of power) * sqrt((interaction + within / seeds of both) / tasks).
 *
 * @see Miller (2024), "Adding error bars to evals", arXiv:2411.00640, section 5.
 */
export function detectableDifference(
  { interaction, withinFirst, withinSecond }: ContrastVariance,
  { tasks, seeds }: Design,
  options: PlanOptions = {},
): number {
  const variance = interaction + (withinFirst + withinSecond) / seeds
  return reach(options) * Math.sqrt(variance / tasks)
}

/** The same over these tasks only: the interaction is part of what is measured, not an error. */
export function detectableOnTheseTasks(
  contrast: ContrastVariance,
  design: Design,
  options: PlanOptions = {},
): number {
  return detectableDifference({ ...contrast, interaction: 0 }, design, options)
}

/** Fewest seeds that detect a difference with so many tasks; null: no number of seeds is enough. */
export function seedsFor(
  difference: number,
  { interaction, withinFirst, withinSecond }: ContrastVariance,
  { tasks, ...options }: PlanOptions & { readonly tasks: number },
): number | null {
  const allowed = tasks * (difference / reach(options)) ** 2 - interaction
  if (allowed <= 0) return null
  return Math.max(1, Math.ceil((withinFirst + withinSecond) / allowed - 1e-9))
}

/** Fewest tasks that detect a difference with so many seeds. */
export function tasksFor(
  difference: number,
  { interaction, withinFirst, withinSecond }: ContrastVariance,
  { seeds, ...options }: PlanOptions & { readonly seeds: number },
): number {
  const variance = interaction + (withinFirst + withinSecond) / seeds
  return Math.max(1, Math.ceil(variance * (reach(options) / difference) ** 2 - 1e-9))
}

/** Another round of seeds is worth its money while within / seeds is above a quarter of between. */
export function seedRoundPays(
  { between, within }: { readonly between: number; readonly within: number },
  seeds: number,
): boolean {
  return within / seeds > 0.25 * between
}

/** 2.80 standard errors for one pair at 95 % and 80 % power; near 4 for the first of 28 pairs. */
export function reach({ level = 0.95, power = 0.8, pairs = 1 }: PlanOptions): number {
  return normalQuantile(1 - (1 - level) / 2 / pairs) + normalQuantile(power)
}
