import type { StopReason, StopRule } from '../../coordinator/contract/stopping.ts'
import {
  boundsOf,
  type StopRule as PairRule,
  stopVerdict,
  type TaskDifferences,
} from '../statistics/stop-verdict.ts'
import type { Look } from './look.ts'

/** What is known when a round has ended. */
export interface EndedRound {
  readonly round: number
  /** Of the plan, in its order. */
  readonly tasks: readonly string[]
  /** Of each first contestant, by task; a task without a round of both scores is absent. */
  readonly differences: ReadonlyMap<string, ReadonlyMap<string, TaskDifferences>>
  /** What the look before this one said; empty at the first. */
  readonly before: readonly Look[]
  /** Millionths of a US dollar, all rounds together; null when nothing is known. */
  readonly spentMicros: number | null
}

/**
 * Judges every compared pair after a whole round, and by them whether the sweep stops. The chance of
 * a false finding is shared out evenly among the pairs (Bonferroni). A pair that was decided once
 * stays decided.
 *
 * @returns one look a pair, in the order of the rule; `stop` is the same in all.
 */
export function judgeRound(rule: StopRule, ended: EndedRound): Look[] {
  const { round, tasks, differences, before, spentMicros } = ended
  const pairRule = ruleOfPair(rule)
  const bounds = boundsOf(pairRule)
  const looks = rule.firsts.map((first): Omit<Look, 'stop'> => {
    const own = differences.get(first)
    const cells = tasks.map((task) => own?.get(task) ?? NOTHING)
    const verdict = stopVerdict(cells, { rounds: round, rule: pairRule, bounds })
    const earlier = before.find((look) => look.first === first && look.decidedRound !== null)
    const now = verdict?.reason ?? null
    const finds = now === 'different' || now === 'equivalent'
    return {
      round,
      first,
      second: rule.second,
      measure: rule.measure,
      method: rule.method,
      level: rule.level,
      margin: rule.margin,
      tasks: tasks.length,
      missing: cells.reduce((missing, { n }) => missing + round - n, 0),
      estimate: verdict?.estimate ?? null,
      low: verdict?.interval?.low ?? null,
      high: verdict?.interval?.high ?? null,
      reason: earlier?.reason ?? now,
      decidedRound: earlier?.decidedRound ?? (finds ? round : null),
      spentMicros,
    }
  })
  const stop = looksAreSpent(rule, round) ? null : reasonToStop(rule, looks, { round, spentMicros })
  return looks.map((look) => ({ ...look, stop }))
}

/** Planned looks end with the plan as it was submitted: what is added to it later is run whole. */
const looksAreSpent = ({ method, maxRounds }: StopRule, round: number): boolean =>
  method === 'obrien-fleming' && round > maxRounds

function reasonToStop(
  { budgetMicros }: StopRule,
  looks: readonly Pick<Look, 'reason'>[],
  { round, spentMicros }: Pick<EndedRound, 'round' | 'spentMicros'>,
): StopReason | null {
  const reasons = new Set(looks.map(({ reason }) => reason))
  const [one] = reasons
  if (!reasons.has(null)) return reasons.size === 1 && one !== undefined ? one : 'decided'
  // What a round has cost on average, the next one will.
  const afterNext = (spentMicros ?? 0) * ((round + 1) / round)
  return budgetMicros !== null && afterNext > budgetMicros ? 'budget' : null
}

function ruleOfPair(rule: StopRule): PairRule {
  const { firsts, level, margin, minRounds, maxRounds, looks, precise } = rule
  return {
    method: rule.method === 'confidence-sequence' ? 'confidence sequence' : 'planned looks',
    alpha: (1 - level) / firsts.length,
    margin,
    minRounds,
    maxRounds,
    looks,
    precise,
  }
}

const NOTHING: TaskDifferences = { n: 0, sum: 0, sumSquares: 0 }
