import type { Analysis, Composite } from '../../analysis/analysis-document.ts'
import { percent } from '../../text/figures.ts'
import { type Column, type Figure, tableOf } from '../figure.ts'
import { counted, levelText, provenance, rangeText, rateText } from '../phrases.ts'
import { type Segment, stackedRows } from '../stacked-rows.ts'

const ID = 'composite'
const SEGMENTS: Readonly<Record<string, Segment>> = {
  correctness: { key: 'C', label: 'correctness', ink: 'blue' },
  deployment: { key: 'D', label: 'deployment', ink: 'orange' },
  quality: { key: 'Q', label: 'quality, judged', ink: 'green', hatched: true },
}

type Entry = Composite['entries'][number]

/** The composite of three dimensions as bars that add up to the number at their right. */
export function compositeBars(analysis: Analysis): Figure {
  const { composite, method, boards } = analysis
  const title = 'Composite of correctness, deployment and quality'
  if (composite === null) return without(analysis, title)
  const { weights, entries, tasks } = composite
  const segments = weights.flatMap(({ dimension }) => SEGMENTS[dimension] ?? [])
  const rows = entries.map(({ contestant, mean, interval, parts }) => ({
    name: contestant,
    shares: mean === null ? [] : weights.map(({ weight }, at) => weight * (parts[at]?.mean ?? 0)),
    said: weights.map(({ dimension, weight }, at) => {
      const part = parts[at]?.mean ?? 0
      return `${contestant}, ${dimension}: ${percent(weight)} % of ${rateText(part)} = ${percent(weight * part)} points`
    }),
    numbers: [rateText(mean), ...weights.map((_, at) => rateText(parts[at]?.mean))],
    whisker: interval,
  }))
  const some = entries.some(({ interval }) => interval !== null)
  const board = boards.find(({ measure }) => measure === 'score')
  const apart = entries.some(({ contestant, mean }) => {
    const score = board?.entries.find((entry) => entry.contestant === contestant)?.mean
    return mean !== null && score !== undefined && score !== null && Math.abs(mean - score) > 5e-4
  })
  const said = weights.map(({ dimension, weight }) => `${percent(weight)} % ${dimension}`)
  return {
    id: ID,
    title,
    drawing: stackedRows(segments, rows, {
      id: ID,
      heads: ['composite', ...weights.map(({ dimension }) => dimension)],
      empty: 'a task lacks a dimension: no composite',
      summary: `Stacked bars of ${counted(entries.length, 'contestant')}; each is the sum of three weighted dimensions.`,
    }),
    caption: [
      `Segments: weight times the mean of the dimension over tasks (${said.join(', ')}); they add up to the composite. At the right: the dimensions, unweighted.`,
      some
        ? `Whiskers: ${levelText(method.level)} intervals of the composite over tasks like these (Student t over composites of tasks).`
        : 'No interval over tasks: there are fewer than ten of them.',
      `${counted(tasks, 'task')} of ${analysis.tasks.toLocaleString('en-US')} ${tasks === 1 ? 'has' : 'have'} all three dimensions; a contestant that lacks one somewhere has no composite, and weights are never spread anew.`,
      'The judged segment is hatched; how far judges agree was not measured here.',
      ...(apart
        ? [
            'The score of the board is another number where tasks, or points within them, weigh otherwise.',
          ]
        : []),
      provenance(analysis),
    ],
    table: tableOf(entries, columnsOf(composite)),
  }
}

function columnsOf({ weights }: Composite): Column<Entry>[] {
  return [
    { key: 'contestant', title: 'contestant', left: true, value: ({ contestant }) => contestant },
    {
      key: 'composite',
      title: 'composite',
      value: ({ mean }) => mean,
      text: ({ mean }) => rateText(mean),
    },
    {
      key: 'low',
      title: 'interval',
      value: ({ interval }) => interval?.low ?? null,
      text: ({ interval }) => rangeText(interval),
    },
    {
      key: 'high',
      title: 'to',
      value: ({ interval }) => interval?.high ?? null,
      text: ({ interval }) => rateText(interval?.high),
    },
    ...weights.map(
      ({ dimension }, at): Column<Entry> => ({
        key: dimension,
        title: dimension,
        value: ({ parts }) => parts[at]?.mean ?? null,
        text: ({ parts }) => rateText(parts[at]?.mean),
      }),
    ),
  ]
}

/** What there is instead: the dimensions that tasks do have, if any. */
function without(analysis: Analysis, title: string): Figure {
  const dimensions = analysis.boards.filter(({ measure }) => measure.startsWith('dimension:'))
  const rows = dimensions.flatMap(({ label, entries }) =>
    entries.map((entry) => ({ ...entry, dimension: label })),
  )
  const names = dimensions.map(({ label }) => label)
  const found =
    names.length === 0
      ? 'These tasks have no dimensions: scores are of a whole trial.'
      : `These tasks have other dimensions (${names.join(', ')}), whose means are in the table.`
  return {
    id: ID,
    title,
    drawing: null,
    caption: [
      `There is no composite: no task has correctness, deployment and quality. ${found}`,
      provenance(analysis),
    ],
    table: tableOf(rows, [
      { key: 'dimension', title: 'dimension', left: true, value: ({ dimension }) => dimension },
      { key: 'contestant', title: 'contestant', left: true, value: ({ contestant }) => contestant },
      {
        key: 'mean',
        title: 'mean',
        value: ({ mean }) => mean,
        text: ({ mean }) => rateText(mean),
      },
      { key: 'tasks', title: 'tasks', value: ({ tasks }) => tasks },
      { key: 'valid', title: 'trials', value: ({ valid }) => valid },
    ]),
  }
}
