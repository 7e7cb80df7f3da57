import type { ScoreTable } from '../statistics/score-table.ts'
import { byName } from './collect-results.ts'
import { type ContestantFacts, clustersByFamily, type Results, type TaskFacts } from './results.ts'

/** Results of one sweep, and of which of its tasks they count. */
export interface PooledPart {
  readonly results: Results
  readonly tasks: ReadonlySet<string>
}

/**
 * Results of many sweeps as one, a contestant's trials of a task added up over all of them: what is
 * known of tasks, not of runs. Contestants of one name, agent and model are one; simulated ones are
 * left out. What no task is to blame for, a sweep that was cancelled or did not get so far, is not
 * missing here. A task's median time is the median of the sweeps', each weighing as its valid trials.
 */
export function poolResults(parts: readonly PooledPart[]): Results {
  const contestants = new Map<string, ContestantFacts>()
  const tasks = new Map<string, TaskFacts>()
  for (const { results, tasks: counted } of parts) {
    for (const facts of results.contestants) {
      if (!facts.simulated) contestants.set(keyOf(facts), { ...facts, ...UNREAD })
    }
    for (const task of results.tasks) if (counted.has(task.name)) tasks.set(task.name, task)
  }
  const rows = [...contestants].sort(([a], [b]) => byName(a, b))
  const columns = [...tasks.values()].sort((a, b) => byName(a.name, b.name))
  const names = rows.map(([, facts]) => nameOf(facts, rows))
  const rowOf = new Map(rows.map(([key], at) => [key, at]))
  const columnOf = new Map(columns.map(({ name }, at) => [name, at]))
  const width = columns.length

  const sum = (of: (results: Results) => ArrayLike<number>): Float64Array => {
    const total = new Float64Array(rows.length * width)
    for (const { results, tasks: counted } of parts) {
      const values = of(results)
      for (const [at, facts] of results.contestants.entries()) {
        const row = rowOf.get(keyOf(facts))
        if (row === undefined || facts.simulated) continue
        for (const [task, { name }] of results.tasks.entries()) {
          const column = counted.has(name) ? columnOf.get(name) : undefined
          if (column === undefined) continue
          const cell = row * width + column
          total[cell] = (total[cell] ?? 0) + (values[at * results.tasks.length + task] ?? 0)
        }
      }
    }
    return total
  }
  const whole = (of: (results: Results) => ArrayLike<number>) => Int32Array.from(sum(of))
  const infraFailed = whole(({ missing }) => missing.infraFailed)
  const ungraded = whole(({ missing }) => missing.ungraded)
  const none = new Int32Array(infraFailed.length)
  const base = {
    contestants: names,
    tasks: columns.map(({ name }) => name),
    clusters: clustersByFamily(columns),
    missing: infraFailed.map((lost, at) => lost + (ungraded[at] ?? 0)),
  }
  const table = (of: (results: Results) => ScoreTable): ScoreTable => ({
    ...base,
    n: whole((results) => of(results).n),
    sum: sum((results) => of(results).sum),
    sumSquares: sum((results) => of(results).sumSquares),
  })
  return {
    contestants: rows.map(([, facts], at) => ({ ...facts, name: names[at] ?? facts.name })),
    tasks: columns.map((task) => ({ ...task, medianWallSeconds: medianWall(parts, task.name) })),
    passes: table(({ passes }) => passes),
    scores: table(({ scores }) => scores),
    dimensions: new Map(),
    missing: { infraFailed, ungraded, cancelled: none, unfinished: none },
    failures: null,
    costUsd: sum(({ costUsd }) => costUsd),
    knownCosts: whole(({ knownCosts }) => knownCosts),
  }
}

/** Of a contestant in many sweeps nobody asks. */
const UNREAD = { medianWallSeconds: null, phases: null }

const keyOf = ({ name, agent, model }: ContestantFacts): string =>
  JSON.stringify([name, agent, model])

/** Other contestants of the same name show what sets them apart. */
function nameOf(
  { name, agent, model }: ContestantFacts,
  all: readonly (readonly [string, ContestantFacts])[],
): string {
  const namesakes = all.filter(([, other]) => other.name === name).length
  return namesakes === 1 ? name : `${name} (${[agent, model].filter((part) => part).join(', ')})`
}

function medianWall(parts: readonly PooledPart[], task: string): number | null {
  const walls = parts.flatMap(({ results: { tasks, contestants, scores }, tasks: counted }) => {
    const at = counted.has(task) ? tasks.findIndex(({ name }) => name === task) : -1
    const seconds = tasks[at]?.medianWallSeconds ?? null
    if (seconds === null) return []
    const trials = contestants.reduce(
      (total, _, row) => total + (scores.n[row * tasks.length + at] ?? 0),
      0,
    )
    return [{ seconds, trials }]
  })
  const half = walls.reduce((total, { trials }) => total + trials, 0) / 2
  let seen = 0
  for (const { seconds, trials } of walls.sort((a, b) => a.seconds - b.seconds)) {
    seen += trials
    if (seen >= half) return seconds
  }
  return null
}
