import { z } from 'zod'
import type { StopRule } from '../coordinator/contract/stopping.ts'
import { nearestName } from '../core/nearest.ts'
import { type Problem, problemsOf } from '../core/problems.ts'
import { money } from './model-limits.ts'

const CONTRAST =
  'name two contestants, such as [first, second], or one that all others are compared with: ' +
  '{baseline: name}'
const MARGIN = 'write points above 0, below 100, such as 2'
const LEVEL = 'write a fraction from 0.5 to 0.9999, such as 0.95'
const METHOD = 'write confidence-sequence or obrien-fleming'
const MEASURE = 'write pass or score'
const ROUNDS = 'write a whole number from 2'
const LOOKS = 'write a whole number from 2 to 20; the last look is after the last round'
const NO_LOOKS = 'a confidence sequence looks after every round; remove it'
const PRECISE = 'write true or false'
const MOST_LOOKS = 20
const DEFAULT_LOOKS = 3
const DEFAULT_MIN_ROUNDS = 3

const name = z.string(CONTRAST).min(1, CONTRAST)

/** When a sweep may stop early, as people write it; margins are points. */
export const stopSchema = z.strictObject(
  {
    contrast: z.union([z.tuple([name, name]), z.strictObject({ baseline: name })], CONTRAST),
    measure: z.enum(['pass', 'score'], MEASURE).default('pass'),
    method: z
      .enum(['confidence-sequence', 'obrien-fleming'], METHOD)
      .default('confidence-sequence'),
    level: z.number(LEVEL).min(0.5, LEVEL).max(0.9999, LEVEL).default(0.95),
    margin: z.number(MARGIN).gt(0, MARGIN).lt(100, MARGIN).nullable().default(null),
    minRounds: z.number(ROUNDS).int(ROUNDS).min(2, ROUNDS).default(DEFAULT_MIN_ROUNDS),
    looks: z.number(LOOKS).int(LOOKS).min(2, LOOKS).max(MOST_LOOKS, LOOKS).optional(),
    precise: z.boolean(PRECISE).default(true),
    budget: money.nullable().default(null),
  },
  'write a table such as {contrast: [first, second]}',
)
export type StopSection = z.output<typeof stopSchema>

export interface PlannedStop {
  /** Null when none is asked for, and while there are problems. */
  readonly rule: StopRule | null
  readonly problems: readonly Problem[]
}

/** What the rest of the file says, as far as it could be read. */
export interface StopSurroundings {
  /** Names of the contestants; null while some are not known. */
  readonly contestants: readonly string[] | null
  /** Number of seeds; null when they could not be read. */
  readonly rounds: number | null
}

/**
 * The rule that a sweep file's section `stop` makes. Works on the raw section, whatever else is wrong
 * in the file or in the section itself: what can be read is checked.
 */
export function planStop(section: unknown, { contestants, rounds }: StopSurroundings): PlannedStop {
  if (section === undefined || section === null) return { rule: null, problems: [] }
  const parsed = stopSchema.safeParse(section)
  const stop = parsed.success ? parsed.data : readable(section)
  const problems = [
    ...(parsed.success ? [] : problemsOf(parsed.error, section)),
    ...(contestants === null ? [] : contrastProblems(stop, contestants)),
    ...(rounds === null ? [] : roundProblems(stop, rounds)),
    ...(stop.looks !== undefined && stop.method === 'confidence-sequence'
      ? [{ path: 'looks', value: stop.looks, remedy: NO_LOOKS }]
      : []),
  ].map(inSection)
  const isWhole = parsed.success && problems.length === 0
  if (!isWhole || contestants === null || rounds === null) return { rule: null, problems }
  return { rule: ruleOf(parsed.data, contestants, rounds), problems }
}

/** The fields of a section with mistakes that have none. */
function readable(section: unknown): Partial<StopSection> {
  if (typeof section !== 'object' || section === null) return {}
  const { shape } = stopSchema
  const fields = Object.entries(shape).flatMap(([field, schema]) => {
    const parsed = schema.safeParse(Reflect.get(section, field))
    return parsed.success ? [[field, parsed.data]] : []
  })
  return Object.fromEntries(fields)
}

const inSection = (problem: Problem): Problem => ({
  ...problem,
  path: problem.path === '' ? 'stop' : `stop.${problem.path}`,
})

function ruleOf(
  { contrast, margin, budget, looks = DEFAULT_LOOKS, ...stop }: StopSection,
  contestants: readonly string[],
  rounds: number,
): StopRule {
  const second = Array.isArray(contrast) ? contrast[1] : contrast.baseline
  const firsts = Array.isArray(contrast)
    ? [contrast[0]]
    : contestants.filter((contestant) => contestant !== second)
  return {
    ...stop,
    firsts,
    second,
    margin: margin === null ? null : margin / 100,
    maxRounds: rounds,
    looks: stop.method === 'obrien-fleming' ? looks : 0,
    budgetMicros: budget,
  }
}

function contrastProblems(
  { contrast }: Partial<StopSection>,
  contestants: readonly string[],
): Problem[] {
  if (contrast === undefined) return []
  const named = Array.isArray(contrast)
    ? contrast.map((value, at) => ({ path: `contrast.${at}`, value }))
    : [{ path: 'contrast.baseline', value: contrast.baseline }]
  const unknown = named.flatMap(({ path, value }): Problem[] => {
    if (contestants.includes(value)) return []
    const near = nearestName(value, contestants)
    const meant = near === undefined ? '' : ` Did you mean ${near}?`
    const remedy = `no contestant has this name.${meant} There are ${contestants.join(', ')}`
    return [{ path, value, remedy }]
  })
  if (unknown.length > 0) return unknown
  if (Array.isArray(contrast) && contrast[0] === contrast[1]) {
    return [{ path: 'contrast.1', value: contrast[1], remedy: 'name another contestant' }]
  }
  if (contestants.length < 2) {
    return [
      { path: 'contrast', remedy: 'the sweep has one contestant; there is nothing to compare' },
    ]
  }
  return []
}

function roundProblems(
  { minRounds, method, looks }: Partial<StopSection>,
  rounds: number,
): Problem[] {
  const seeds = rounds === 1 ? '1 seed' : `${rounds} seeds`
  if (rounds <= 2) {
    const remedy = `the sweep has ${seeds}, of which none can be saved; ask for at least 3`
    return [{ path: '', remedy }]
  }
  if (minRounds === undefined) return []
  if (minRounds >= rounds) {
    const fewer = rounds === 3 ? '2' : `2 to ${rounds - 1}`
    const remedy = `the sweep has ${seeds}, one a round; write ${fewer}, or ask for more seeds`
    return [{ path: 'minRounds', value: minRounds, remedy }]
  }
  if (method !== 'obrien-fleming') return []
  const count = looks ?? DEFAULT_LOOKS
  const first = Math.ceil(rounds / count)
  if (first >= minRounds) return []
  // The most looks of which the first comes after minRounds: ceil(rounds / looks) >= minRounds.
  const most = Math.ceil(rounds / (minRounds - 1)) - 1
  const mend = most < 2 ? 'ask for more seeds' : `write at most ${most}, or fewer minRounds`
  const remedy =
    `the first of ${count} looks at ${seeds} would come after ${first === 1 ? 'round 1' : `${first} rounds`}, ` +
    `before minRounds, which is ${minRounds}; ${mend}`
  return [{ path: 'looks', ...(looks === undefined ? {} : { value: looks }), remedy }]
}
