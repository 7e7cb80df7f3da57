import { isScored, OUTCOMES, type Outcome } from '../../coordinator/contract/outcome.ts'
import { nearestName } from '../../core/nearest.ts'
import type { Problem } from '../../core/problems.ts'

/** One trial of any harness, checked. */
export interface TrialRow {
  readonly contestant: string
  readonly task: string
  /** Tells trials of one cell apart; never a number to count with. */
  readonly seed: string
  readonly outcome: Outcome
  /** Partial credit as a fraction of 1; null when missing, which is not a zero. */
  readonly score: number | null
  readonly pass: boolean | null
  /** Null when unknown, never 0. */
  readonly costUsd: number | null
  readonly wallSeconds: number | null
  readonly family: string | null
  readonly category: string | null
  /** Names the task's content: two of them under one name are two tasks. */
  readonly taskVersion: string | null
  /** Parts of the score, as fractions of 1, by name. */
  readonly dimensions: Readonly<Record<string, number>>
}

/** What a row may say; all else is noted as not read. */
export const COLUMNS = [
  'contestant',
  'task',
  'seed',
  'score',
  'pass',
  'outcome',
  'costUsd',
  'wallSeconds',
  'family',
  'category',
  'taskVersion',
  'dimensions',
] as const
type Column = (typeof COLUMNS)[number]

/** A row as it was read: text from CSV, JSON's values from NDJSON. */
export type RawRow = Readonly<Record<string, unknown>>

/**
 * Checks a row.
 *
 * @param problems what is wrong is added here, one a column.
 * @returns null when anything is wrong.
 */
export function trialRow(raw: RawRow, problems: Problem[]): TrialRow | null {
  const before = problems.length
  const wrong = (path: Column | `dimensions.${string}`, value: unknown, remedy: string) =>
    void problems.push({ path, value, remedy })
  const text = (column: Column): string | null => {
    const value = raw[column]
    if (isBlank(value)) return null
    if (typeof value === 'string') return value
    if (typeof value === 'number' && Number.isFinite(value)) return String(value)
    wrong(column, value, 'write text')
    return null
  }
  const named = (column: 'contestant' | 'task' | 'seed'): string => {
    const value = text(column)
    if (value === null && isBlank(raw[column])) wrong(column, raw[column], 'every row needs one')
    return value ?? ''
  }
  const amount = (column: 'costUsd' | 'wallSeconds'): number | null => {
    const value = numberOf(raw[column])
    if (value === undefined || (value !== null && value < 0)) {
      wrong(column, raw[column], 'write a number from 0, or leave it out when it is unknown')
      return null
    }
    return value
  }
  const share = (path: 'score' | `dimensions.${string}`, value: unknown): number | null => {
    const found = numberOf(value)
    if (found === undefined || (found !== null && (found < 0 || found > 1))) {
      wrong(path, value, 'write a number from 0 to 1, or leave it out when the trial has no score')
      return null
    }
    return found
  }
  const contestant = named('contestant')
  const task = named('task')
  const seed = named('seed')
  const score = share('score', raw.score)
  const pass = booleanOf(raw.pass)
  if (pass === undefined) wrong('pass', raw.pass, 'write true or false, or leave it out')
  const said = text('outcome')
  const known = OUTCOMES.find((outcome) => outcome === said)
  if (said !== null && known === undefined) wrong('outcome', said, outcomeRemedy(said))
  const costUsd = amount('costUsd')
  const wallSeconds = amount('wallSeconds')
  const dimensions: Record<string, number> = {}
  for (const [name, value] of dimensionsOf(raw, wrong)) {
    const part = share(`dimensions.${name}`, value)
    if (part !== null) dimensions[name] = part
  }
  const [family, category, taskVersion] = [text('family'), text('category'), text('taskVersion')]
  if (problems.length > before) return null
  const graded = score !== null || typeof pass === 'boolean'
  const outcome = known ?? (graded ? 'scored' : 'ungraded')
  if (isScored(outcome) && !graded) {
    wrong('score', raw.score, `a trial that ended as ${outcome} needs a score or a pass`)
  }
  if (!isScored(outcome) && graded) {
    wrong('outcome', outcome, 'a trial that ended so is missing and has no score: leave it out')
  }
  if (problems.length > before) return null
  const credit = score ?? (typeof pass === 'boolean' ? Number(pass) : null)
  return {
    contestant,
    task,
    seed,
    outcome,
    score: credit,
    pass: pass ?? (credit === null ? null : credit === 1),
    costUsd,
    wallSeconds,
    family,
    category,
    taskVersion,
    dimensions: graded ? dimensions : {},
  }
}

function outcomeRemedy(said: string): string {
  const near = nearestName(said, OUTCOMES)
  const meant = near === undefined ? '' : `, such as ${near}`
  return `write one of ${OUTCOMES.join(', ')}${meant}`
}

/** Given as an object, or as columns named `dimensions.correctness`. */
function dimensionsOf(
  raw: RawRow,
  wrong: (path: 'dimensions', value: unknown, remedy: string) => void,
): [string, unknown][] {
  const columns = Object.keys(raw)
    .filter((column) => column.startsWith('dimensions.'))
    .map((column): [string, unknown] => [column.slice('dimensions.'.length), raw[column]])
  const given = raw.dimensions
  if (isBlank(given)) return columns
  const object = typeof given === 'string' ? parsedObject(given) : given
  if (typeof object === 'object' && object !== null && !Array.isArray(object)) {
    return [...columns, ...Object.entries(object)]
  }
  wrong('dimensions', given, 'write an object of numbers, such as {"correctness": 0.5}')
  return columns
}

function parsedObject(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '')

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** Null when blank, undefined when it is no finite number. */
function numberOf(value: unknown): number | null | undefined {
  if (isBlank(value)) return null
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string' || !NUMBER.test(value.trim())) return undefined
  return Number(value)
}

/** Null when blank, undefined when it is neither true nor false. */
function booleanOf(value: unknown): boolean | null | undefined {
  if (isBlank(value)) return null
  if (typeof value === 'boolean') return value
  const text = String(value).trim().toLowerCase()
  if (text === 'true' || text === '1') return true
  return text === 'false' || text === '0' ? false : undefined
}
