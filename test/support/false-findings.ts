import { countResamples, pairIndex } from '../../analytics/statistics/bootstrap.ts'
import { bootstrapProblem } from '../../analytics/statistics/bootstrap-problem.ts'
import { summarise } from '../../analytics/statistics/bootstrap-summary.ts'
import { holm } from '../../analytics/statistics/holm.ts'
import { normalUpperTail } from '../../analytics/statistics/normal.ts'
import { differencesOf, pairedDifference } from '../../analytics/statistics/paired-difference.ts'
import { meansOf, type ScoreTable } from '../../analytics/statistics/score-table.ts'
import { signFlip } from '../../analytics/statistics/sign-flip.ts'
import { MICRO } from '../../analytics/statistics/task-cell.ts'
import { Draws, passesOf, taskPopulation } from './simulated-board.ts'

/** Equal contestants on average, each with a difficulty of tasks partly its own. */
export interface EqualContestants {
  readonly contestants: number
  readonly tasks: number
  readonly seeds: number
  readonly rate: number
  readonly icc: number
  /** Share of tasks whose difficulty is the contestant's own draw. */
  readonly own: number
}

function board(design: EqualContestants, draws: Draws): ScoreTable {
  const { contestants, tasks, seeds, rate, icc, own } = design
  const population = populationOf(rate, icc)
  const common = Array.from({ length: tasks }, () => draws.pick(population.length))
  const passed = Array.from({ length: contestants }, () =>
    common.map((shared) => {
      const at = draws.uniform() < own ? draws.pick(population.length) : shared
      return passesOf(population[at] ?? 0, seeds, draws)
    }),
  ).flat()
  return {
    contestants: Array.from({ length: contestants }, (_, at) => `c${at}`),
    tasks: Array.from({ length: tasks }, (_, at) => `t${at}`),
    clusters: Int32Array.from({ length: tasks }, (_, at) => at),
    n: new Int32Array(passed.length).fill(seeds),
    sum: Float64Array.from(passed, (count) => count * MICRO),
    sumSquares: Float64Array.from(passed, (count) => count * MICRO * MICRO),
    missing: new Int32Array(passed.length),
  }
}

const populations = new Map<string, Float64Array>()

function populationOf(rate: number, icc: number): Float64Array {
  const key = `${rate} ${icc}`
  const known = populations.get(key) ?? taskPopulation(rate, icc).chances
  populations.set(key, known)
  return known
}

/** Percent of boards of two equal contestants that a test calls different, by test, at 5 %. */
export function falsePairs(
  design: Omit<EqualContestants, 'contestants'>,
  { boards, seed }: { readonly boards: number; readonly seed: number },
): Readonly<Record<'paired t' | 'sign-flip' | 'run-level z', number>> {
  const found = { 'paired t': 0, 'sign-flip': 0, 'run-level z': 0 }
  for (let at = 0; at < boards; at++) {
    const table = board({ ...design, contestants: 2 }, new Draws(seed, at))
    const shared = { means: meansOf(table), clusters: table.clusters }
    const differences = differencesOf(shared, 0, 1)
    if ((pairedDifference(differences).p ?? 1) < 0.05) found['paired t'] += 1
    const flipped = signFlip(differences.values, { seed, stream: at, draws: 1_000 })
    if (flipped.p < 0.05) found['sign-flip'] += 1
    if (runLevelP(table) < 0.05) found['run-level z'] += 1
  }
  const share = (count: number) => (100 * count) / boards
  return {
    'paired t': share(found['paired t']),
    'sign-flip': share(found['sign-flip']),
    'run-level z': share(found['run-level z']),
  }
}

/** As if all trials were independent: what must not be done. */
function runLevelP({ n, sum, tasks }: ScoreTable): number {
  const rates = [0, 1].map((contestant) => {
    const cells = [...tasks.keys()].map((task) => contestant * tasks.length + task)
    const trials = cells.reduce((total, cell) => total + (n[cell] ?? 0), 0)
    return {
      trials,
      rate: cells.reduce((total, cell) => total + (sum[cell] ?? 0) / MICRO, 0) / trials,
    }
  })
  const [a, b] = rates
  if (a === undefined || b === undefined) return 1
  const pooled = (a.rate + b.rate) / 2
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / a.trials + 1 / b.trials))
  return error === 0 ? 1 : 2 * normalUpperTail(Math.abs(a.rate - b.rate) / error)
}

/**
 * Percent of boards of equal contestants with any false finding among all pairs at 5 %, and with
 * any pair whose simultaneous interval misses 0.
 */
export function falseFamilies(
  design: EqualContestants,
  {
    boards,
    resamples,
    seed,
  }: { readonly boards: number; readonly resamples: number; readonly seed: number },
): { readonly holm: number; readonly simultaneous: number } {
  let [byHolm, bySimultaneous] = [0, 0]
  const { contestants } = design
  for (let at = 0; at < boards; at++) {
    const table = board(design, new Draws(seed, at))
    const made = bootstrapProblem(table, at)
    if (made === null) continue
    const { problem } = made
    const { means, pairErrors } = problem
    const shared = { means: meansOf(table), clusters: table.clusters }
    const counts = countResamples(problem, { from: 0, to: resamples })
    const { simultaneous } = summarise(counts, problem)
    const ps: (number | null)[] = []
    let missed = false
    for (let first = 0; first < contestants; first++) {
      for (let second = first + 1; second < contestants; second++) {
        ps.push(pairedDifference(differencesOf(shared, first, second)).p)
        const gap = Math.abs((means[first] ?? 0) - (means[second] ?? 0))
        const error = pairErrors[pairIndex(first, second, contestants)] ?? 0
        if (error > 0 && gap > (simultaneous ?? 99) * error) missed = true
      }
    }
    if (holm(ps).some((p) => p !== null && p < 0.05)) byHolm += 1
    if (missed) bySimultaneous += 1
  }
  return { holm: (100 * byHolm) / boards, simultaneous: (100 * bySimultaneous) / boards }
}
