import type { Analysis, TrialEnds } from '../../analysis/analysis-document.ts'
import { type Column, type Figure, tableOf } from '../figure.ts'
import { counted, provenance, rateText } from '../phrases.ts'
import { type Segment, stackedRows } from '../stacked-rows.ts'
import { inBoardOrder } from './board-order.ts'

const ID = 'failures'

type End = Exclude<keyof TrialEnds, 'contestant' | 'planned'>
const ENDS: readonly (Segment & { readonly end: End })[] = [
  { end: 'passed', key: 'P', label: 'passed', ink: 'blue' },
  { end: 'nearMiss', key: 'N', label: 'near miss', ink: 'sky' },
  { end: 'wrong', key: 'W', label: 'wrong', ink: 'orange' },
  { end: 'agentTimeout', key: 'T', label: 'agent out of time', ink: 'red' },
  { end: 'agentError', key: 'E', label: 'agent error', ink: 'purple' },
  { end: 'budget', key: 'B', label: 'out of allowance', ink: 'yellow' },
  { end: 'infraFailed', key: 'i', label: 'infrastructure', ink: 'missing' },
  { end: 'ungraded', key: 'u', label: 'ungraded', ink: 'missing', hatched: true },
  { end: 'cancelled', key: 'c', label: 'cancelled', ink: 'absent' },
  { end: 'unfinished', key: '…', label: 'not finished', ink: 'absent', hatched: true },
]

/** How all planned trials ended, by contestant; what is missing is grey, so that it looks like no skill. */
export function failureTaxonomy(analysis: Analysis): Figure {
  const ends = inBoardOrder(analysis, analysis.ends ?? [])
  const planned = ends.reduce((sum, row) => sum + row.planned, 0)
  const rows = ends.map((row) => ({
    name: row.contestant,
    shares: row.planned === 0 ? [] : ENDS.map(({ end }) => row[end] / row.planned),
    said: ENDS.map(
      ({ end, label }) =>
        `${row.contestant}, ${label}: ${row[end]} of ${row.planned} trials (${rateText(row[end] / Math.max(1, row.planned))})`,
    ),
    numbers: [`${row.passed}`, `${failedOf(row)}`, `${missingOf(row)}`],
  }))
  return {
    id: ID,
    title: 'How trials ended',
    drawing:
      ends.length === 0
        ? null
        : stackedRows(ENDS, rows, {
            id: ID,
            heads: ['passed', 'failed', 'missing'],
            empty: 'no trial',
            summary: `Stacked bars of all planned trials of ${counted(ends.length, 'contestant')}, by how they ended.`,
          }),
    caption: [
      ends.length === 0
        ? 'How trials failed is not in this data.'
        : `Shares of all ${planned.toLocaleString('en-US')} planned trials; at the right, numbers of trials.`,
      'A near miss earned at least half of its marks, the agent having finished; wrong is below that. Grey are trials without a score, for want of infrastructure or a verdict: they say nothing of a contestant.',
      'Labelled by rule, from outcomes and scores: no person and no model has read these trials.',
      provenance(analysis),
    ],
    table: tableOf(ends, COLUMNS),
  }
}

const failedOf = (row: TrialEnds): number =>
  row.nearMiss + row.wrong + row.agentTimeout + row.agentError + row.budget
const missingOf = (row: TrialEnds): number => row.planned - row.passed - failedOf(row)

const COLUMNS: readonly Column<TrialEnds>[] = [
  { key: 'contestant', title: 'contestant', left: true, value: ({ contestant }) => contestant },
  { key: 'planned', title: 'planned', value: ({ planned }) => planned },
  ...ENDS.map(
    ({ end, label }): Column<TrialEnds> => ({
      key: end.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      title: label,
      value: (row) => row[end],
    }),
  ),
]
