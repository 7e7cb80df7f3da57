import type { Analysis, Board, BoardEntry } from '../analysis/analysis-document.ts'
import { methodsText } from '../analysis/board-text.ts'
import { FEWEST_TASKS } from '../statistics/task-cell.ts'
import { percent } from '../text/figures.ts'
import { NOTHING } from './figure.ts'

/** Sentences and numbers that several figures say. */

export const levelText = (level: number): string => `${Number((level * 100).toFixed(3))} %`

export const rateText = (fraction: number | null | undefined): string =>
  fraction === null || fraction === undefined ? NOTHING : `${percent(fraction)} %`

export function rangeText(
  ends: { readonly low: number | null; readonly high: number | null } | null | undefined,
  text: (value: number) => string = percent,
  unit = ' %',
): string {
  if (ends === null || ends === undefined) return NOTHING
  const { low, high } = ends
  if (low === null && high === null) return NOTHING
  return `${low === null ? '…' : text(low)} – ${high === null ? '…' : text(high)}${unit}`
}

export const rankText = ({ rankSet }: Pick<BoardEntry, 'rankSet'>): string => {
  if (rankSet === null) return NOTHING
  return rankSet.low === rankSet.high ? `${rankSet.low}` : `${rankSet.low}–${rankSet.high}`
}

export const dollars = (usd: number): string => {
  if (usd === 0 || usd >= 1_000) return `$${usd.toFixed(0)}`
  return `$${usd >= 0.1 ? usd.toFixed(2) : usd.toPrecision(2)}`
}

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`

/** What is asked of the data behind a figure. */
export type Provenance = Pick<Analysis, 'dataVersion' | 'method'>

/** Ends every caption: which data, which method, which draws. */
export function provenance({ dataVersion, method }: Provenance, drawn = false): string {
  const { version, resamples, seed } = method
  const draws =
    drawn && resamples !== null
      ? `, B = ${resamples.toLocaleString('en-US')} resamples of whole clusters, seed ${seed}`
      : ''
  return `Data ${dataVersion.slice(0, 12)}, method ${version}${draws}.`
}

/** How many contestants, tasks and trials a board is of. */
export function sizeText({ entries }: Pick<Board, 'entries'>): string {
  const [first] = entries
  const sum = (of: (entry: BoardEntry) => number) =>
    entries.reduce((total, entry) => total + of(entry), 0)
  const valid = sum((entry) => entry.valid).toLocaleString('en-US')
  const planned = sum((entry) => entry.planned).toLocaleString('en-US')
  const size = `${counted(entries.length, 'contestant')}, ${counted(first?.plannedTasks ?? 0, 'task')}`
  return `${size}, ${valid} of ${planned} planned trials valid.`
}

/** What a board's intervals are, or why there are none. */
export function intervalText(entries: readonly BoardEntry[]): string {
  const found = entries.find(({ interval }) => interval !== null)?.interval
  if (found === undefined || found === null) {
    return `No interval over tasks: there are fewer than ${FEWEST_TASKS} tasks or families of tasks.`
  }
  const { level, estimand, clusters, tasks } = found
  const families = clusters < tasks ? `, ${clusters} families of ${tasks} tasks` : ''
  return `Whiskers: ${levelText(level)} intervals over ${estimand}: ${methodsText(entries)}${families}.`
}
