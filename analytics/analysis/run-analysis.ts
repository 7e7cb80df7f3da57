import { dataVersion, type Results } from '../results/results.ts'
import { bootstrapProblem } from '../statistics/bootstrap-problem.ts'
import { type BootstrapSummary, summarise } from '../statistics/bootstrap-summary.ts'
import { passCurves } from '../statistics/pass-at-k.ts'
import { seedRoundPays } from '../statistics/planning.ts'
import { METHOD_VERSION, runBootstrap } from '../statistics/run-bootstrap.ts'
import { cellsOf, meansOf, type ScoreTable, withinVariances } from '../statistics/score-table.ts'
import { FEWEST_TASKS } from '../statistics/task-cell.ts'
import { varianceComponents } from '../statistics/variance-components.ts'
import type { Analysis, Board, ContestantVariance, Slice } from './analysis-document.ts'
import { boardEntries, type Measure } from './board-entries.ts'
import { comparePairs } from './compare-pairs.ts'
import { compositeOf } from './composite.ts'
import { frontierOf } from './cost-frontier.ts'
import { type PairTests, pairTests } from './pair-tests.ts'
import { rankEntries } from './rank-entries.ts'
import type { ResampleCache } from './resample-cache.ts'
import { cellMatrix, outlookOf, taskHistograms } from './scatter.ts'
import { selectTasks, slicesOf } from './slices.ts'
import { taskHealth } from './task-health.ts'
import { phaseTimes, trialEnds } from './trial-ends.ts'

export interface AnalysisOptions {
  /** Coverage of intervals, as a fraction; findings are at 1 - level. */
  readonly level?: number
  /** Of every random draw: a whole number. */
  readonly seed?: number
  /** B; 0 draws none. 2,000 while a sweep is live, 10,000 for a board, 100,000 for a paper. */
  readonly resamples?: number
  /** Threads; changes no byte. */
  readonly workers?: number
  readonly baseline?: string | undefined
  /** Smallest difference that matters, as a fraction. */
  readonly margin?: number | undefined
  /** Compare pairs; else ranks alone are tested. */
  readonly pairs?: boolean
  /** Sign-flip tests of pairs too, where they are affordable; the default. */
  readonly checks?: boolean
  readonly by?: readonly ('category' | 'family')[]
  /** Every contestant on every task too: as many numbers as there are cells. */
  readonly cells?: boolean
  readonly cache?: ResampleCache
}

export interface AnalysisSource {
  readonly kinds: readonly string[]
  readonly names: readonly string[]
  readonly rows: number
  readonly notes: readonly string[]
  /** Of the farm; none for files. */
  readonly sweeps?: Analysis['source']['sweeps']
  readonly conditions?: Analysis['conditions']
}

export const DEFAULTS = { level: 0.95, seed: 1, resamples: 10_000 } as const

/** Everything that the document has, from results of any source. */
export async function runAnalysis(
  results: Results,
  source: AnalysisSource,
  options: AnalysisOptions = {},
): Promise<Analysis> {
  const { level = DEFAULTS.level, seed = DEFAULTS.seed, resamples = DEFAULTS.resamples } = options
  const version = dataVersion(results)
  const boards: Board[] = []
  for (const measure of measuresOf(results)) {
    boards.push(await boardOf(results, measure, { ...options, level, seed, resamples, version }))
  }
  const slices: Slice[] = []
  for (const by of options.by ?? []) {
    slices.push(...(await slicesOf(results, { by, level, baseline: options.baseline })))
  }
  const pairs = boards[0]?.pairs?.length ?? 0
  const clusters = new Set(results.scores.clusters).size
  const { notes, rows, kinds, names, sweeps = [], conditions = [] } = source
  const variance = variances(results.scores)
  return {
    format: 'sbench-analysis/1',
    source: { kinds: [...kinds], names: [...names], rows, sweeps },
    dataVersion: version,
    method: {
      version: METHOD_VERSION,
      level,
      seed,
      resamples: resamples > 0 ? resamples : null,
      adjustment: `Holm over ${pairs} pairs of each board`,
    },
    contestants: results.contestants.length,
    tasks: results.tasks.length,
    families: clusters < results.tasks.length ? clusters : null,
    notes: [...notes, ...notesOf(results, clusters)],
    conditions,
    boards,
    slices,
    curves: results.contestants.map(({ name }, at) => ({
      contestant: name,
      ...passCurves(cellsOf(results.passes, at), { level }),
    })),
    variance,
    histograms: taskHistograms(results),
    outlook: outlookOf(results, variance, level),
    composite: compositeOf(results, { level }),
    ends: trialEnds(results),
    times: phaseTimes(results),
    cells: options.cells ? cellMatrix(results) : null,
    health: taskHealth(results, { level }),
  }
}

/** Pass or fail, partial credit, and each dimension on the tasks that have it. */
export function measuresOf(results: Results): [Measure, Measure, ...Measure[]] {
  const { passes, scores, dimensions } = results
  return [
    { name: 'pass', label: 'pass rate', table: passes, rate: true },
    { name: 'score', label: 'score', table: scores, rate: false },
    ...[...dimensions].map(([name, table]): Measure => {
      const width = table.tasks.length
      const graded = table.tasks.flatMap((_, task) =>
        table.contestants.some((__, at) => (table.n[at * width + task] ?? 0) > 0) ? [task] : [],
      )
      return {
        name: `dimension:${name}`,
        label: name,
        table: selectTasks(table, graded),
        rate: false,
      }
    }),
  ]
}

type BoardOptions = AnalysisOptions & {
  readonly level: number
  readonly seed: number
  readonly resamples: number
  readonly version: string
}

/** One board with its ranks, and its pairs when they are asked for. */
export async function boardOf(
  results: Results,
  measure: Measure,
  options: BoardOptions,
): Promise<Board> {
  const { level, seed, baseline, margin, checks = true } = options
  const { table } = measure
  const tests = await pairTests(table, { level })
  const resampled = await resampledOf(measure, tests, options)
  const unranked = await boardEntries(results, measure, { level })
  const entries = rankEntries(unranked, table, { level, tests, resampled })
  const simultaneous = resampled?.simultaneous ?? null
  const pairs = options.pairs
    ? await comparePairs(results, table, {
        tests,
        level,
        seed,
        baseline,
        margin,
        simultaneous,
        checks,
      })
    : null
  const { name, label } = measure
  const frontier = frontierOf(entries)
  return { measure: name, label, entries, pairs, resamples: resampled?.resamples ?? null, frontier }
}

/**
 * Below ten clusters resamples would claim what no interval does. With a baseline the simultaneous
 * intervals are of its pairs alone, as the list of pairs is.
 */
async function resampledOf(
  { name, table }: Measure,
  tests: PairTests,
  { seed, resamples, level, workers, version, baseline, cache }: BoardOptions,
): Promise<BootstrapSummary | null> {
  const base = baseline === undefined ? -1 : table.contestants.indexOf(baseline)
  const isShown = (first: number, second: number) => base < 0 || first === base || second === base
  const errorOf = (first: number, second: number) =>
    isShown(first, second) ? tests(first, second).error : null
  const drawn = resamples > 0 ? bootstrapProblem(table, seed, errorOf) : null
  if (drawn === null || drawn.problem.clusters < FEWEST_TASKS) return null
  const { problem } = drawn
  const draw = () =>
    runBootstrap(problem, { resamples, ...(workers === undefined ? {} : { workers }) })
  const key = {
    dataVersion: version,
    measure: name,
    baseline: base < 0 ? null : (baseline ?? null),
    methodVersion: METHOD_VERSION,
    seed,
    resamples,
  }
  const counts = cache === undefined ? await draw() : await cache.counts(key, draw)
  return summarise(counts, problem, { level })
}

function variances(table: ScoreTable): ContestantVariance[] {
  const means = meansOf(table)
  const within = withinVariances(table)
  const width = table.tasks.length
  return table.contestants.flatMap((contestant, at): ContestantVariance[] => {
    const cells = Array.from({ length: width }, (_, task) => {
      const cell = at * width + task
      return { n: table.n[cell] ?? 0, mean: means[cell] ?? 0, variance: within[cell] ?? 0 }
    })
    const found = varianceComponents(cells)
    if (found === null) return []
    const { between, within: noise, icc, tasks, trials } = found
    const anotherSeedPays = seedRoundPays({ between, within: noise }, trials / tasks)
    return [{ contestant, between, within: noise, icc, anotherSeedPays }]
  })
}

function notesOf({ tasks, contestants }: Results, clusters: number): string[] {
  const notes: string[] = []
  if (clusters < FEWEST_TASKS) {
    const what = clusters < tasks.length ? 'families' : 'tasks'
    notes.push(`Below ${FEWEST_TASKS} ${what} there is no interval over tasks, and no test.`)
  }
  if (clusters < tasks.length) {
    notes.push(`Tasks of one family count as one: ${clusters} clusters of ${tasks.length} tasks.`)
  }
  if (contestants.length === 1) notes.push('One contestant: there is nothing to compare.')
  return notes
}
