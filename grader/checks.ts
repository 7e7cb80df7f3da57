import { z } from 'zod'
import type { Check } from '../coordinator/contract/outcome.ts'
import { problemsOf } from '../core/problems.ts'
import type { Rewards } from './rewards.ts'

export const MAX_EVIDENCE = 500
/** More than any task has; keeps a result small enough to travel. */
const MAX_CHECKS = 500

export interface FoundChecks {
  readonly checks: readonly Check[]
  readonly warnings: readonly string[]
}

export interface CheckSources {
  /** `reward-details.json`, or null. */
  readonly details: string | null
  /** `ctrf.json`, or null. */
  readonly ctrf: string | null
  readonly rewards: Rewards
}

/**
 * The graded items behind a score, from the most telling source that there is. They explain the
 * score and never change it: a source that cannot be read is a warning.
 */
export function findChecks({ details, ctrf, rewards }: CheckSources): FoundChecks {
  const warnings: string[] = []
  for (const [name, text, read] of [
    ['reward-details.json', details, fromDetails],
    ['ctrf.json', ctrf, fromCtrf],
  ] as const) {
    if (text === null) continue
    const found = readDocument(text, read)
    if (typeof found === 'string') warnings.push(`${name} is ignored: ${found}`)
    else if (found !== null) return { checks: tidy(found, warnings), warnings }
  }
  return { checks: tidy(fromRewards(rewards), warnings), warnings }
}

type Reader = (document: unknown) => Check[] | null

function readDocument(text: string, read: Reader): Check[] | string | null {
  try {
    return read(JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError) return 'it is not JSON.'
    if (!(error instanceof z.ZodError)) throw error
    const [first] = problemsOf(error, null)
    return `${first?.path ?? ''}: ${first?.remedy ?? 'not valid'}.`
  }
}

const detailsSchema = z.object({
  checks: z.array(
    z.object({
      id: z.string().min(1).max(200),
      dimension: z.enum(['correctness', 'deployment', 'quality']).default('correctness'),
      points: z.number().min(0).default(1),
      verdict: z.enum(['pass', 'fail', 'ungraded']),
      evidence: z.string().default(''),
    }),
  ),
})

/** Other documents of that name are somebody else's: not ours to complain of. */
function fromDetails(document: unknown): Check[] | null {
  const isOurs = typeof document === 'object' && document !== null && 'checks' in document
  return isOurs ? detailsSchema.parse(document).checks : null
}

const ctrfSchema = z.object({
  results: z.object({
    tests: z.array(
      z.object({
        name: z.string().min(1),
        status: z.enum(['passed', 'failed', 'skipped', 'pending', 'other']),
        message: z.string().optional(),
        trace: z.string().optional(),
      }),
    ),
  }),
})

const CTRF_VERDICTS = {
  passed: 'pass',
  failed: 'fail',
  skipped: 'ungraded',
  pending: 'ungraded',
  other: 'ungraded',
} as const

/** @see ctrf.io, Common Test Report Format. */
function fromCtrf(document: unknown): Check[] {
  const { tests } = ctrfSchema.parse(document).results
  return tests.map(({ name, status, message, trace }) => ({
    id: name.slice(0, 200),
    dimension: 'correctness',
    points: 1,
    verdict: CTRF_VERDICTS[status],
    evidence: message ?? trace ?? '',
  }))
}

function fromRewards({ byKey }: Rewards): Check[] {
  return Object.entries(byKey).map(([key, value]) => ({
    id: key,
    dimension: 'correctness',
    points: 1,
    verdict: value >= 1 ? 'pass' : 'fail',
    evidence: `${value}`,
  }))
}

/** Ids become unique, since a result's checks are stored under them. */
function tidy(checks: readonly Check[], warnings: string[]): Check[] {
  if (checks.length > MAX_CHECKS) {
    warnings.push(`Only the first ${MAX_CHECKS} of ${checks.length} checks are kept.`)
  }
  const seen = new Map<string, number>()
  return checks.slice(0, MAX_CHECKS).map((check) => {
    const times = (seen.get(check.id) ?? 0) + 1
    seen.set(check.id, times)
    const id = times === 1 ? check.id : `${check.id} (${times})`
    return { ...check, id, evidence: check.evidence.slice(0, MAX_EVIDENCE) }
  })
}
