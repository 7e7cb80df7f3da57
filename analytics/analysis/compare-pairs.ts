import type { Results } from '../results/results.ts'
import { equivalenceP, verdictOf } from '../statistics/equivalence.ts'
import { fisherExact } from '../statistics/fisher-exact.ts'
import { holm } from '../statistics/holm.ts'
import { mcnemar } from '../statistics/mcnemar.ts'
import {
  clusterSums,
  type Differences,
  differencesOf,
  type PairedDifference,
} from '../statistics/paired-difference.ts'
import { cellsOf, meansOf, type ScoreTable, withinVariances } from '../statistics/score-table.ts'
import { signFlip } from '../statistics/sign-flip.ts'
import { tQuantile } from '../statistics/student-t.ts'
import { MICRO, macroMean } from '../statistics/task-cell.ts'
import type { Seed } from '../statistics/threefry.ts'
import type { Pair } from './analysis-document.ts'
import { breather } from './breather.ts'
import { type PairTests, turnedRound } from './pair-tests.ts'

export interface CompareOptions {
  readonly tests: PairTests
  readonly level: number
  readonly seed: Seed
  /** Compare with this contestant alone; Holm then counts those pairs only. */
  readonly baseline?: string | undefined
  /** Smallest difference that matters, as a fraction. */
  readonly margin?: number | undefined
  /** Half width of simultaneous intervals in standard errors, by max |t|. */
  readonly simultaneous?: number | null
  /** Whether to run the sign-flip tests, which cost more than all else. */
  readonly checks?: boolean
}

/** Sign flips that are drawn at most, over all pairs: about a second. */
const MOST_FLIPS = 2e8
const FLIPS = 10_000

/**
 * All pairs of a table's contestants on the tasks that both have, the higher mean first.
 *
 * Pauses between pairs, so that whatever else this thread does has its turn.
 */
export async function comparePairs(
  results: Results,
  table: ScoreTable,
  options: CompareOptions,
): Promise<Pair[]> {
  const { tests, level, margin, baseline, simultaneous = null } = options
  const pairs = pairsOf(table, baseline)
  const shared = { means: meansOf(table), clusters: table.clusters }
  const breathe = breather()
  const affordable = pairs.length * FLIPS * table.tasks.length <= MOST_FLIPS
  const checks = (options.checks ?? true) && affordable
  const scatter = withinVariances(table).map((variance, cell) => variance / (table.n[cell] ?? 1))
  const missing = missingOf(results)
  const rows: (Pair & { readonly first: string })[] = []
  for (const [stream, [first, second]] of pairs.entries()) {
    const found = first < second ? tests(first, second) : turnedRound(tests(second, first))
    rows.push({
      first: table.contestants[first] ?? '',
      second: table.contestants[second] ?? '',
      tasks: found.tasks,
      clusters: found.clusters,
      difference: found.estimate,
      error: found.error,
      degrees: found.degrees,
      low: found.low,
      high: found.high,
      constant: found.constant,
      p: found.p,
      adjustedP: null,
      simultaneous: simultaneousEnds(found, simultaneous),
      signFlip: checks
        ? flips(differencesOf(shared, first, second), { seed: options.seed, stream })
        : null,
      mcnemar: checks ? exactPairs(table, first, second) : null,
      theseTasks: withinEnds(table, { first, second, scatter, estimate: found.estimate, level }),
      equivalence:
        margin === undefined ? null : { margin, p: withinMargin(found, margin), adjustedP: null },
      verdict: 'undecided',
      missingAlarm: missingAlarm(missing[first], missing[second]),
    })
    await breathe()
  }
  return withVerdicts(rows, 1 - level)
}

/** Indices of contestants, the highest mean first; with a baseline, each other one against it. */
function pairsOf(table: ScoreTable, baseline: string | undefined): [number, number][] {
  const { contestants } = table
  const means = contestants.map((_, at) => macroMean(cellsOf(table, at)) ?? -1)
  const all = contestants
    .map((_, at) => at)
    .sort((a, b) => (means[b] ?? -1) - (means[a] ?? -1) || a - b)
  const base = baseline === undefined ? -1 : contestants.indexOf(baseline)
  if (base >= 0) return all.filter((at) => at !== base).map((at) => [at, base])
  return all.flatMap((first, rank) =>
    all.slice(rank + 1).map((second): [number, number] => [first, second]),
  )
}

function withVerdicts(rows: readonly Pair[], alpha: number): Pair[] {
  const adjusted = holm(rows.map(({ p }) => p))
  const equivalent = holm(rows.map(({ equivalence }) => equivalence?.p ?? null))
  return rows.map((row, at): Pair => {
    const adjustedP = adjusted[at] ?? null
    const equivalentP = equivalent[at] ?? null
    const { equivalence } = row
    return {
      ...row,
      adjustedP,
      equivalence: equivalence === null ? null : { ...equivalence, adjustedP: equivalentP },
      verdict: verdictOf(row.difference, { differenceP: adjustedP, equivalentP, alpha }),
    }
  })
}

function simultaneousEnds(
  { estimate, error, constant }: PairedDifference,
  quantile: number | null,
): Pair['simultaneous'] {
  if (quantile === null || estimate === null || error === null || constant) return null
  const half = quantile * error
  return { low: Math.max(-1, estimate - half), high: Math.min(1, estimate + half) }
}

function withinMargin(found: PairedDifference, margin: number): number | null {
  const { estimate, error, degrees } = found
  if (estimate === null || error === null || degrees === null) return null
  // Of equal differences the sign-flip p is known, and says nothing of a margin.
  if (error === 0) return null
  return equivalenceP({ estimate, error, degrees }, margin)
}

function flips(
  differences: Differences,
  stream: { readonly seed: Seed; readonly stream: number },
): Pair['signFlip'] {
  if (differences.values.length === 0) return null
  return signFlip(clusterSums(differences).sums, { ...stream, draws: FLIPS })
}

/** McNemar's test where every shared cell has one trial, passed or failed, and no families. */
function exactPairs(table: ScoreTable, first: number, second: number): number | null {
  const width = table.tasks.length
  let [onlyFirst, onlySecond, tasks] = [0, 0, 0]
  const families = new Set<number>()
  for (let task = 0; task < width; task++) {
    const [left, right] = [first * width + task, second * width + task]
    const [n, m] = [table.n[left] ?? 0, table.n[right] ?? 0]
    if (n === 0 || m === 0) continue
    const [a, b] = [(table.sum[left] ?? 0) / MICRO, (table.sum[right] ?? 0) / MICRO]
    if (n !== 1 || m !== 1 || !isBinary(a) || !isBinary(b)) return null
    tasks += 1
    families.add(table.clusters[task] ?? 0)
    if (a > b) onlyFirst += 1
    if (b > a) onlySecond += 1
  }
  return tasks === 0 || families.size < tasks ? null : mcnemar(onlyFirst, onlySecond)
}

const isBinary = (value: number): boolean => value === 0 || value === 1

/** The difference on these tasks only: both contestants' scatter within the tasks they share. */
function withinEnds(
  { tasks, n }: ScoreTable,
  {
    first,
    second,
    scatter,
    estimate,
    level,
  }: {
    readonly first: number
    readonly second: number
    /** Variance of each cell's mean; NaN where fewer than two trials are valid. */
    readonly scatter: Float64Array
    readonly estimate: number | null
    readonly level: number
  },
): Pair['theseTasks'] {
  let [variance, degrees, shared] = [0, 0, 0]
  for (let task = 0; task < tasks.length; task++) {
    const [left, right] = [first * tasks.length + task, second * tasks.length + task]
    const [count, other] = [n[left] ?? 0, n[right] ?? 0]
    if (count === 0 || other === 0) continue
    variance += (scatter[left] ?? 0) + (scatter[right] ?? 0)
    degrees += count + other - 2
    shared += 1
  }
  // Without any scatter a width of 0 would claim too much.
  if (estimate === null || !(variance > 0)) return null
  const half = tQuantile((1 + level) / 2, degrees) * (Math.sqrt(variance) / shared)
  return { low: Math.max(-1, estimate - half), high: Math.min(1, estimate + half) }
}

/** Points of missing trials that two contestants may differ by. */
const MISSING_SHARE = 0.02

interface MissingShare {
  readonly hits: number
  readonly of: number
}

/** Missing trials of all, by contestant. */
function missingOf({ scores }: Results): MissingShare[] {
  const width = scores.tasks.length
  return scores.contestants.map((_, contestant) => {
    const sum = (values: Int32Array) =>
      values.subarray(contestant * width, (contestant + 1) * width).reduce((a, b) => a + b, 0)
    const hits = sum(scores.missing)
    return { hits, of: hits + sum(scores.n) }
  })
}

function missingAlarm(one: MissingShare | undefined, two: MissingShare | undefined): string | null {
  if (one === undefined || two === undefined || one.of === 0 || two.of === 0) return null
  if (one.hits + two.hits === 0) return null
  const gap = Math.abs(one.hits / one.of - two.hits / two.of)
  const p = fisherExact(one, two)
  if (gap <= MISSING_SHARE && p >= 0.01) return null
  const shown = `${one.hits}/${one.of} and ${two.hits}/${two.of} trials are missing`
  return `${shown} (Fisher p = ${p.toPrecision(2)}): the two met different faults`
}
