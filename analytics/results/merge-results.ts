import type { ScoreTable } from '../statistics/score-table.ts'
import { byName } from './collect-results.ts'
import { clustersByFamily, type FailureCounts, type Results } from './results.ts'

/** Results with the name of where they come from. */
export interface NamedResults {
  readonly name: string
  readonly results: Results
}

/**
 * Several results as one: all contestants on all tasks. Contestants that more than one has are told
 * apart by where they come from, `name @ source`, since they are other runs.
 *
 * @param parts that were found comparable; of equal tasks the first one's facts count.
 */
export function mergeResults(parts: readonly NamedResults[]): Results {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only.results
  const uses = new Map<string, number>()
  for (const { results } of parts) {
    for (const { name } of results.contestants) uses.set(name, (uses.get(name) ?? 0) + 1)
  }
  const contestants = parts
    .flatMap(({ name: source, results }, part) =>
      results.contestants.map((facts, row) => {
        const name = (uses.get(facts.name) ?? 0) > 1 ? `${facts.name} @ ${source}` : facts.name
        return { part, row, facts: { ...facts, name } }
      }),
    )
    .sort((a, b) => byName(a.facts.name, b.facts.name))
  const known = new Map(
    parts.flatMap(({ results }) => results.tasks.map((task) => [task.name, task])),
  )
  for (const { results } of parts.toReversed()) {
    for (const task of results.tasks) known.set(task.name, task)
  }
  const tasks = [...known.values()].sort((a, b) => byName(a.name, b.name))
  const places = parts.map(
    ({ results }) => new Map(results.tasks.map(({ name }, at) => [name, at])),
  )

  const each = <Values>(part: number, of: (results: Results) => Values): Values | undefined => {
    const { results } = parts[part] ?? {}
    return results === undefined ? undefined : of(results)
  }
  /** Values of all cells, 0 where a part does not have the task. */
  const gather = (of: (results: Results) => ArrayLike<number> | undefined): number[] =>
    contestants.flatMap(({ part, row }) => {
      const values = each(part, of)
      const width = each(part, ({ tasks: own }) => own.length) ?? 0
      return tasks.map(({ name }) => {
        const column = places[part]?.get(name)
        return column === undefined ? 0 : (values?.[row * width + column] ?? 0)
      })
    })
  const base = {
    contestants: contestants.map(({ facts }) => facts.name),
    tasks: tasks.map(({ name }) => name),
    clusters: clustersByFamily(tasks),
  }
  const table = (of: (results: Results) => ScoreTable | undefined): ScoreTable => ({
    ...base,
    n: Int32Array.from(gather((results) => of(results)?.n)),
    sum: Float64Array.from(gather((results) => of(results)?.sum)),
    sumSquares: Float64Array.from(gather((results) => of(results)?.sumSquares)),
    missing: Int32Array.from(gather((results) => of(results)?.missing)),
  })
  const failures = (of: (counts: FailureCounts) => Int32Array) =>
    Int32Array.from(gather(({ failures: counts }) => (counts === null ? undefined : of(counts))))
  const dimensions = new Set(parts.flatMap(({ results }) => [...results.dimensions.keys()]))
  return {
    contestants: contestants.map(({ facts }) => facts),
    tasks,
    passes: table(({ passes }) => passes),
    scores: table(({ scores }) => scores),
    dimensions: new Map(
      [...dimensions]
        .sort(byName)
        .map((name) => [
          name,
          table((results) => results.dimensions.get(name) ?? ungraded(results)),
        ]),
    ),
    missing: {
      infraFailed: Int32Array.from(gather(({ missing }) => missing.infraFailed)),
      ungraded: Int32Array.from(gather(({ missing }) => missing.ungraded)),
      cancelled: Int32Array.from(gather(({ missing }) => missing.cancelled)),
      unfinished: Int32Array.from(gather(({ missing }) => missing.unfinished)),
    },
    failures: parts.every(({ results }) => results.failures !== null)
      ? {
          nearMiss: failures(({ nearMiss }) => nearMiss),
          wrong: failures(({ wrong }) => wrong),
          agentTimeout: failures(({ agentTimeout }) => agentTimeout),
          agentError: failures(({ agentError }) => agentError),
          budget: failures(({ budget }) => budget),
        }
      : null,
    costUsd: Float64Array.from(gather(({ costUsd }) => costUsd)),
    knownCosts: Int32Array.from(gather(({ knownCosts }) => knownCosts)),
  }
}

/** A dimension that results do not have: no valid trial, all that there are missing in it. */
function ungraded({ scores }: Results): ScoreTable {
  const size = scores.n.length
  return {
    ...scores,
    n: new Int32Array(size),
    sum: new Float64Array(size),
    sumSquares: new Float64Array(size),
    missing: scores.n.map((valid, at) => valid + (scores.missing[at] ?? 0)),
  }
}
