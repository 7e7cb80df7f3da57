import type { Results } from '../results/results.ts'
import { clopperPearson, neverSolvedBound } from '../statistics/clopper-pearson.ts'
import { itemRestCorrelations } from '../statistics/item-rest.ts'
import { completeContestants, meansOf, type ScoreTable } from '../statistics/score-table.ts'
import { MICRO } from '../statistics/task-cell.ts'
import type { TaskHealth } from './analysis-document.ts'

/** Agents that try tasks out instead of competing: their results are checks of a task, not data. */
const PROBES: ReadonlySet<string> = new Set(['oracle', 'nop', 'cheat', 'partial', 'alternative'])
/** Agents that carry out a solution which is known to be right. */
const RIGHT: ReadonlySet<string> = new Set(['oracle', 'alternative'])
/** A bound below this says that a task is dead or broken. */
const DEAD = 0.05
const MISSING_SHARE = 0.05

/**
 * What each task is worth, from the results of all contestants, with a flag and its reason for
 * those to look at. With few contestants a correlation is a hint, never a verdict.
 */
export function taskHealth(results: Results, { level = 0.95 } = {}): TaskHealth[] {
  const { contestants, tasks, passes, scores } = results
  const agentOf = (at: number) => contestants[at]?.agent ?? contestants[at]?.name ?? ''
  const all = contestants.map((_, at) => at)
  const competing = all.filter((at) => !PROBES.has(agentOf(at)))
  const counted = competing.length > 0 ? competing : all
  const probes = all.filter((at) => !counted.includes(at))
  const [passMeans, scoreMeans] = [meansOf(passes), meansOf(scores)]
  const complete = completeContestants(scores).filter((at) => counted.includes(at))
  const width = tasks.length
  const dense = Float64Array.from(
    complete.flatMap((at) => [...scoreMeans.subarray(at * width, (at + 1) * width)]),
  )
  const itemRest = itemRestCorrelations(dense, width)
  return tasks.map((facts, task): TaskHealth => {
    const at = (contestant: number) => contestant * width + task
    const sum = (values: Int32Array | Float64Array) =>
      counted.reduce((total, contestant) => total + (values[at(contestant)] ?? 0), 0)
    const rates = counted
      .map((contestant) => passMeans[at(contestant)] ?? Number.NaN)
      .filter((rate) => !Number.isNaN(rate))
    const credits = counted
      .map((contestant) => scoreMeans[at(contestant)] ?? Number.NaN)
      .filter((mean) => !Number.isNaN(mean))
    const valid = sum(scores.n)
    const known = sum(results.knownCosts)
    const passed = sum(passes.sum)
    const health = {
      task: facts.name,
      family: facts.family,
      category: facts.category,
      solveRate: meanOf(rates),
      meanScore: meanOf(credits),
      itemRest: itemRest[task] ?? null,
      atZero: meanOf(rates.map((rate) => Number(rate === 0))),
      atOne: meanOf(rates.map((rate) => Number(rate === 1))),
      valid,
      planned: valid + sum(scores.missing),
      neverSolvedBound: valid > 0 && passed === 0 ? neverSolvedBound(valid, { level }) : null,
      reference: referenceOf(all.filter((contestant) => RIGHT.has(agentOf(contestant))).map(at), {
        passes,
        level,
      }),
      medianWallSeconds: facts.medianWallSeconds,
      meanCostUsd: known === 0 ? null : sum(results.costUsd) / known,
    }
    const probed = probes.map((contestant) => ({
      agent: agentOf(contestant),
      rate: passMeans[at(contestant)] ?? Number.NaN,
    }))
    return { ...health, flags: flagsOf(health, { probed, contestants: rates.length, level }) }
  })
}

/** Cells of contestants whose solutions are known to be right; null without a verdict on one. */
function referenceOf(
  cells: readonly number[],
  { passes, level }: { readonly passes: ScoreTable; readonly level: number },
): TaskHealth['reference'] {
  const trials = cells.reduce((sum, cell) => sum + (passes.n[cell] ?? 0), 0)
  const passed = cells.reduce((sum, cell) => sum + (passes.sum[cell] ?? 0), 0) / MICRO
  if (trials === 0) return null
  const oneSided = { level: Math.max(0, 2 * level - 1) }
  return { trials, passed, failsAtMost: clopperPearson(trials - passed, trials, oneSided).high }
}

interface FlagFacts {
  readonly probed: readonly { readonly agent: string; readonly rate: number }[]
  readonly contestants: number
  readonly level: number
}

function flagsOf(
  health: Omit<TaskHealth, 'flags'>,
  { probed, contestants, level }: FlagFacts,
): TaskHealth['flags'] {
  const flags: TaskHealth['flags'] = []
  const flag = (name: string, reason: string) => void flags.push({ flag: name, reason })
  const { itemRest, neverSolvedBound: bound, valid, planned, atOne } = health
  for (const { agent, rate } of probed) {
    if (RIGHT.has(agent) && rate === 0) {
      flag(`${agent}-fails`, `${SOLUTIONS[agent]} passes none of its trials`)
    }
    if (RIGHT.has(agent) && rate > 0 && rate < 1) {
      const reason = `${SOLUTIONS[agent]} passes ${percent(rate)} of its trials`
      flag('flaky', `${reason}: verifier, environment or solution differ from run to run`)
    }
    if ((agent === 'nop' || agent === 'cheat') && rate > 0) {
      flag(`${agent}-passes`, `${percent(rate)} of its trials pass`)
    }
  }
  if (itemRest !== null && itemRest < 0) {
    const shown = itemRest.toFixed(2)
    flag(
      'negative-discrimination',
      `stronger contestants do worse (r = ${shown}): broken or mislabelled?`,
    )
  }
  if (bound !== null && bound < DEAD) {
    const most = `${percent(bound)} at most, at ${percent(level)}`
    flag('never-solved', `none of ${valid} trials passed (${most}): dead or broken, audit it`)
  }
  if (atOne === 1 && contestants > 1) {
    flag('saturated', `all ${contestants} contestants passed it in every trial`)
  }
  if (planned > 0 && (planned - valid) / planned > MISSING_SHARE) {
    flag('missing', `${planned - valid} of ${planned} trials have no score`)
  }
  return flags
}

const SOLUTIONS: Readonly<Record<string, string>> = {
  oracle: 'the reference solution',
  alternative: 'another right solution',
}

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
const percent = (fraction: number): string => `${Number((fraction * 100).toFixed(1))} %`
