import type { Analysis } from '../../analysis/analysis-document.ts'
import { inBoardOrder } from './board-order.ts'

/** Valid trials below which a cell looks apart. */
export const FEW = 3

/** Contestants by their place on the board, tasks from the easiest to the hardest. */
export interface TaskGrid {
  readonly contestants: readonly string[]
  readonly tasks: readonly GridTask[]
  /** Means over tasks of each contestant, null without a valid trial. */
  readonly contestantMeans: readonly (number | null)[]
}

export interface GridTask {
  readonly name: string
  /** Mean over contestants of their means; null without a valid trial. */
  readonly mean: number | null
  /** One a contestant, in their order. */
  readonly cells: readonly GridCell[]
}

export interface GridCell {
  readonly planned: number
  readonly valid: number
  readonly passed: number
  /** Of the measure of the grid; null without a valid trial. */
  readonly mean: number | null
}

/** @returns null where the document has no cells. */
export function taskGrid(analysis: Analysis, measure: 'pass' | 'score'): TaskGrid | null {
  const { cells } = analysis
  if (cells === null) return null
  const rows = inBoardOrder(analysis, cells.rows)
  const tasks = cells.tasks.map((name, task): GridTask => {
    const own = rows.map(({ planned, valid, passed, score }): GridCell => {
      const [n = 0, count = 0] = [valid[task], passed[task]]
      const rate = n === 0 ? null : count / n
      return {
        planned: planned[task] ?? 0,
        valid: n,
        passed: count,
        mean: measure === 'pass' ? rate : (score[task] ?? null),
      }
    })
    return { name, mean: meanOf(own.map(({ mean }) => mean)), cells: own }
  })
  return {
    contestants: rows.map(({ contestant }) => contestant),
    tasks: tasks.sort((a, b) => (b.mean ?? -1) - (a.mean ?? -1)),
    contestantMeans: rows.map((_, at) => meanOf(tasks.map(({ cells }) => cells[at]?.mean ?? null))),
  }
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
}
