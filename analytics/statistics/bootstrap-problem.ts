import type { BootstrapProblem } from './bootstrap.ts'
import { pairIndex } from './bootstrap.ts'
import { clusterError } from './clusters.ts'
import { differencesOf, pairedDifference } from './paired-difference.ts'
import { completeContestants, meansOf, type ScoreTable } from './score-table.ts'
import type { Seed } from './threefry.ts'

/**
 * What a table's bootstrap draws from: its complete contestants alone, since all are drawn on the
 * same tasks.
 *
 * @param errorOf standard error of a pair's difference, where it is known already; indices of the
 * table, first < second.
 * @returns null with fewer than two clusters, or without a complete contestant.
 */
export function bootstrapProblem(
  table: ScoreTable,
  seed: Seed,
  errorOf: PairError = pairError(table),
): { readonly problem: BootstrapProblem; readonly complete: readonly number[] } | null {
  const complete = completeContestants(table)
  const dense = denseClusters(table.clusters)
  if (complete.length === 0 || dense.count < 2) return null
  const width = table.tasks.length
  const all = meansOf(table)
  const means = new Float64Array(complete.length * width)
  const sums = new Float64Array(complete.length * dense.count)
  for (const [row, contestant] of complete.entries()) {
    const own = all.subarray(contestant * width, (contestant + 1) * width)
    means.set(own, row * width)
    for (const [task, mean] of own.entries()) {
      const at = row * dense.count + (dense.of[task] ?? 0)
      sums[at] = (sums[at] ?? 0) + mean
    }
  }
  const errors = Float64Array.from(complete, (_, row) =>
    clusterError({
      count: dense.count,
      tasks: width,
      sums: sums.subarray(row * dense.count, (row + 1) * dense.count),
      sizes: dense.sizes,
    }),
  )
  const problem: BootstrapProblem = {
    contestants: complete.length,
    clusters: dense.count,
    sums,
    sizes: dense.sizes,
    means: Float64Array.from(complete, (_, row) => {
      const own = means.subarray(row * width, (row + 1) * width)
      return own.reduce((sum, mean) => sum + mean, 0) / width
    }),
    errors,
    pairErrors: pairErrorsOf(complete, errorOf),
    seed,
  }
  return { problem, complete }
}

type PairError = (first: number, second: number) => number | null

function pairError(table: ScoreTable): PairError {
  const shared = { means: meansOf(table), clusters: table.clusters }
  return (first, second) => pairedDifference(differencesOf(shared, first, second)).error
}

function pairErrorsOf(complete: readonly number[], errorOf: PairError): Float64Array {
  const count = complete.length
  const errors = new Float64Array((count * (count - 1)) / 2)
  for (const [row, first] of complete.entries()) {
    for (let other = row + 1; other < count; other++) {
      errors[pairIndex(row, other, count)] = errorOf(first, complete[other] ?? 0) ?? 0
    }
  }
  return errors
}

function denseClusters(clusters: Int32Array): {
  readonly count: number
  readonly of: Int32Array
  readonly sizes: Float64Array
} {
  const known = new Map<number, number>()
  const of = clusters.map((cluster) => {
    const place = known.get(cluster) ?? known.size
    known.set(cluster, place)
    return place
  })
  const sizes = new Float64Array(known.size)
  for (const place of of) sizes[place] = (sizes[place] ?? 0) + 1
  return { count: known.size, of, sizes }
}
