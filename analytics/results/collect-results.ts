import type { Outcome } from '../../coordinator/contract/outcome.ts'
import { type Problem, problemsFailure } from '../../core/problems.ts'
import type { ScoreTable } from '../statistics/score-table.ts'
import { MICRO } from '../statistics/task-cell.ts'
import {
  clustersByFamily,
  type FailureCounts,
  type MissingCounts,
  NEAR_MISS,
  type Results,
  type TaskFacts,
} from './results.ts'
import { COLUMNS, type RawRow, type TrialRow, trialRow } from './trial-row.ts'

/** Problems that are shown; more only add to their number. */
const SHOWN = 20

/** One contestant x task, while rows are added. */
class Cell {
  readonly seeds = new Map<string, string>()
  readonly pass = { n: 0, sum: 0, sumSquares: 0 }
  readonly score = { n: 0, sum: 0, sumSquares: 0 }
  readonly dimensions = new Map<string, { n: number; sum: number; sumSquares: number }>()
  readonly missing = { infraFailed: 0, ungraded: 0, cancelled: 0 }
  readonly failures = { nearMiss: 0, wrong: 0, agentTimeout: 0, agentError: 0, budget: 0 }
  /** Whole millionths of a dollar: their sum does not depend on the order of rows. */
  costMicros = 0
  knownCosts = 0
}

/**
 * Gathers trials into sufficient statistics, one row at a time, however many there are. Nothing is
 * dropped in silence: what cannot be used is a problem with its place, what is not read is a note.
 */
export class ResultsCollector {
  readonly #cells = new Map<string, Map<string, Cell>>()
  readonly #tasks = new Map<string, { facts: TaskFacts; place: string; walls: number[] }>()
  readonly #walls = new Map<string, number[]>()
  readonly #problems: Problem[] = []
  #found = 0
  readonly #unread = new Set<string>()
  #rows = 0

  get rows(): number {
    return this.#rows
  }

  /** Columns that rows have and no statistic reads. */
  get unread(): string[] {
    return [...this.#unread].sort()
  }

  /** @param place where the row is, for messages: `line 7`. */
  add(raw: RawRow, place: string): void {
    this.#rows += 1
    const problems: Problem[] = []
    for (const column of Object.keys(raw)) {
      if (!KNOWN.has(column) && !column.startsWith('dimensions.')) this.#unread.add(column)
    }
    const row = trialRow(raw, problems)
    if (row === null) this.refuse(problems, place)
    else this.#addRow(row, place)
  }

  /** A row of which the reader knows that it cannot be used. */
  refuse(problems: readonly Problem[], place: string): void {
    this.#found += problems.length
    for (const problem of problems) {
      if (this.#problems.length >= SHOWN) return
      const path = problem.path === '' ? place : `${place}, ${problem.path}`
      this.#problems.push({ ...problem, path })
    }
  }

  #addRow(row: TrialRow, place: string): void {
    const cell = this.#cellOf(row.contestant, row.task)
    const twin = cell.seeds.get(row.seed)
    if (twin !== undefined) {
      const remedy = `the same contestant, task and seed as ${twin}: leave one of the two out`
      this.refuse([{ path: 'seed', value: row.seed, remedy }], place)
      return
    }
    cell.seeds.set(row.seed, place)
    this.#noteTask(row, place)
    if (row.score === null) {
      cell.missing[missingClass(row.outcome)] += 1
      return
    }
    if (row.costUsd !== null) {
      cell.costMicros += Math.round(row.costUsd * MICRO)
      cell.knownCosts += 1
    }
    if (row.wallSeconds !== null) {
      wallsOf(this.#walls, row.contestant).push(row.wallSeconds)
      this.#tasks.get(row.task)?.walls.push(row.wallSeconds)
    }
    if (row.pass !== true) cell.failures[failureClass(row.outcome, row.score)] += 1
    addTo(cell.pass, row.pass === true ? 1 : 0)
    addTo(cell.score, row.score)
    for (const [name, value] of Object.entries(row.dimensions)) {
      const sums = cell.dimensions.get(name) ?? { n: 0, sum: 0, sumSquares: 0 }
      cell.dimensions.set(name, sums)
      addTo(sums, value)
    }
  }

  /**
   * @param subject what was read, for messages.
   * @throws Failure `input.invalid` with every problem, or when there are no rows.
   */
  finish(subject: string): Results {
    if (this.#rows === 0 && this.#found === 0) {
      this.refuse([{ path: '', remedy: 'there are no trials in it' }], 'rows')
    }
    if (this.#found > 0) {
      const more = this.#found - this.#problems.length
      const rest = more > 0 ? [{ path: 'and', value: more, remedy: 'more like these' }] : []
      throw problemsFailure('input.invalid', subject, [...this.#problems, ...rest])
    }
    return this.#results()
  }

  #cellOf(contestant: string, task: string): Cell {
    let row = this.#cells.get(contestant)
    if (row === undefined) {
      row = new Map()
      this.#cells.set(contestant, row)
    }
    let cell = row.get(task)
    if (cell === undefined) {
      cell = new Cell()
      row.set(task, cell)
    }
    return cell
  }

  /** What rows say of one task must be the same in all of them. */
  #noteTask({ task, family, category, taskVersion }: TrialRow, place: string): void {
    const known = this.#tasks.get(task)
    if (known === undefined) {
      const facts = { name: task, family, category, version: taskVersion, medianWallSeconds: null }
      this.#tasks.set(task, { facts, place, walls: [] })
      return
    }
    const said = [
      ['taskVersion', known.facts.version, taskVersion],
      ['family', known.facts.family, family],
      ['category', known.facts.category, category],
    ] as const
    for (const [path, before, now] of said) {
      if (before === now) continue
      const remedy =
        path === 'taskVersion'
          ? `task ${task} is ${before ?? 'without a version'} at ${known.place}: two versions of a task are two tasks, name them apart or leave one out`
          : `task ${task} has ${before ?? 'none'} at ${known.place}: it must be the same in every row`
      this.refuse([{ path, value: now ?? '', remedy }], place)
    }
  }

  #results(): Results {
    const names = [...this.#cells.keys()].sort(byName)
    const tasks = [...this.#tasks.values()]
      .map(({ facts, walls }): TaskFacts => ({ ...facts, medianWallSeconds: medianOf(walls) }))
      .sort((a, b) => byName(a.name, b.name))
    const cells = names.flatMap((name) =>
      tasks.map((task) => this.#cells.get(name)?.get(task.name) ?? new Cell()),
    )
    const clusters = clustersByFamily(tasks)
    const missingOf = (cell: Cell) =>
      cell.missing.infraFailed + cell.missing.ungraded + cell.missing.cancelled
    const table = (
      sums: (cell: Cell) => { n: number; sum: number; sumSquares: number },
    ): ScoreTable => ({
      contestants: names,
      tasks: tasks.map(({ name }) => name),
      clusters,
      n: Int32Array.from(cells, (cell) => sums(cell).n),
      sum: Float64Array.from(cells, (cell) => sums(cell).sum),
      sumSquares: Float64Array.from(cells, (cell) => sums(cell).sumSquares),
      missing: Int32Array.from(cells, (cell) => missingOf(cell) + cell.score.n - sums(cell).n),
    })
    const dimensions = [...new Set(cells.flatMap((cell) => [...cell.dimensions.keys()]))].sort(
      byName,
    )
    const nothing = { n: 0, sum: 0, sumSquares: 0 }
    const count = (of: (cell: Cell) => number) => Int32Array.from(cells, of)
    const missing: MissingCounts = {
      infraFailed: count((cell) => cell.missing.infraFailed),
      ungraded: count((cell) => cell.missing.ungraded),
      cancelled: count((cell) => cell.missing.cancelled),
      unfinished: new Int32Array(cells.length),
    }
    const failures: FailureCounts = {
      nearMiss: count((cell) => cell.failures.nearMiss),
      wrong: count((cell) => cell.failures.wrong),
      agentTimeout: count((cell) => cell.failures.agentTimeout),
      agentError: count((cell) => cell.failures.agentError),
      budget: count((cell) => cell.failures.budget),
    }
    return {
      contestants: names.map((name) => ({
        name,
        agent: null,
        model: null,
        simulated: false,
        medianWallSeconds: medianOf(this.#walls.get(name) ?? []),
        phases: null,
      })),
      tasks,
      passes: table((cell) => cell.pass),
      scores: table((cell) => cell.score),
      dimensions: new Map(
        dimensions.map((name) => [name, table((cell) => cell.dimensions.get(name) ?? nothing)]),
      ),
      missing,
      failures,
      costUsd: Float64Array.from(cells, (cell) => cell.costMicros / MICRO),
      knownCosts: count((cell) => cell.knownCosts),
    }
  }
}

const KNOWN: ReadonlySet<string> = new Set(COLUMNS)

/** Scores are added up as whole millionths, so that the order of rows changes no bit. */
function addTo(sums: { n: number; sum: number; sumSquares: number }, fraction: number): void {
  const micros = Math.round(fraction * MICRO)
  sums.n += 1
  sums.sum += micros
  sums.sumSquares += micros * micros
}

function missingClass(outcome: Outcome): keyof Cell['missing'] {
  if (outcome === 'infra-failed') return 'infraFailed'
  return outcome === 'cancelled' ? 'cancelled' : 'ungraded'
}

function failureClass(outcome: Outcome, score: number): keyof Cell['failures'] {
  if (outcome === 'agent-timeout') return 'agentTimeout'
  if (outcome === 'agent-error') return 'agentError'
  if (outcome === 'budget') return 'budget'
  return score >= NEAR_MISS ? 'nearMiss' : 'wrong'
}

function wallsOf(walls: Map<string, number[]>, contestant: string): number[] {
  const known = walls.get(contestant) ?? []
  walls.set(contestant, known)
  return known
}

/** The lower middle value, as ClickHouse's quantileExact takes it for odd counts. */
export function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.floor(sorted.length / 2)] ?? null
}

export const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
