import { aligned, duration, percent, ruleUnder } from '../text/figures.ts'
import type { Analysis, Slice, TaskHealth } from './analysis-document.ts'
import { boardNotes, boardText } from './board-text.ts'
import { pairsText } from './pairs-text.ts'

export interface AnalysisTextOptions {
  readonly theseTasks?: boolean
  /** Tasks too, not only those with a flag. */
  readonly health?: boolean
}

/** The document as plain text for a terminal. */
export function analysisText(analysis: Analysis, options: AnalysisTextOptions = {}): string {
  const { boards, notes, method, slices } = analysis
  const lines: string[] = []
  for (const board of boards) {
    const title = `${board.label}: ${analysis.source.names.join(', ')}`
    lines.push(...boardText(title, board.entries, { measure: board.label, ...options }), '')
    // The pairs of dimensions are in the JSON document.
    if (board.measure.startsWith('dimension:')) continue
    const { label } = board
    lines.push(...spaced(pairsText(board.pairs ?? [], { label, level: method.level })))
  }
  for (const slice of slices) lines.push(...sliceText(slice), '')
  lines.push(...spaced(healthText(analysis.health, options)))
  lines.push(...boardNotes(boards.flatMap(({ entries }) => entries)), ...notes)
  const drawn =
    method.resamples === null ? '' : `, ${method.resamples} resamples, seed ${method.seed}`
  lines.push(`data ${analysis.dataVersion.slice(0, 12)}, method ${method.version}${drawn}`)
  return lines.join('\n')
}

const spaced = (lines: readonly string[]): string[] => (lines.length === 0 ? [] : [...lines, ''])

/** One slice: few tasks, to be read as a hint. */
export function sliceText({ by, value, measure, tasks, entries }: Slice): string[] {
  const rows = entries.map(({ contestant, mean, interval, valid }) => [
    contestant,
    mean === null ? '–' : `${percent(mean)} %`,
    interval === null ? '–' : `${percent(interval.low)} – ${percent(interval.high)} %`,
    `${valid}`,
  ])
  const [head = '', ...lines] = aligned(
    [['contestant', measure === 'pass' ? 'pass rate' : 'score', 'interval', 'trials'], ...rows],
    new Set([1, 3]),
  )
  return [
    `${by} ${value ?? '(none)'}: ${tasks} tasks, exploratory`,
    head,
    ruleUnder(head),
    ...lines,
  ]
}

/** Tasks as a table, the hardest first; without `health` only those that have a flag. */
export function healthText(
  tasks: readonly TaskHealth[],
  { health = false }: AnalysisTextOptions = {},
): string[] {
  const shown = tasks
    .filter(({ flags }) => health || flags.length > 0)
    .toSorted((a, b) => (a.solveRate ?? -1) - (b.solveRate ?? -1))
  if (shown.length === 0) return []
  const rows = shown.map((task) => [
    task.task,
    rateText(task.solveRate),
    task.neverSolvedBound === null ? '' : `≤ ${percent(task.neverSolvedBound)} %`,
    rateText(task.meanScore),
    task.itemRest === null ? '–' : task.itemRest.toFixed(2),
    `${task.valid}/${task.planned}`,
    task.reference === null ? '–' : `${task.reference.passed}/${task.reference.trials}`,
    task.medianWallSeconds === null ? '–' : duration(task.medianWallSeconds),
    task.flags.map(({ flag, reason }) => `${flag}: ${reason}`).join('; '),
  ])
  const head = [
    'task',
    'solved',
    'bound',
    'score',
    'item-rest',
    'trials',
    'right',
    'median',
    'flags',
  ]
  const [titles = '', ...lines] = aligned([head, ...rows], new Set([1, 2, 3, 4, 5, 6, 7]))
  return [
    health ? 'Tasks, the hardest first' : 'Tasks to look at',
    titles,
    ruleUnder(titles),
    ...lines,
  ]
}

const rateText = (rate: number | null): string => (rate === null ? '–' : `${percent(rate)} %`)
