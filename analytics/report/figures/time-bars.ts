import type { Analysis } from '../../analysis/analysis-document.ts'
import { duration } from '../../text/figures.ts'
import { type Figure, tableOf } from '../figure.ts'
import { counted, provenance, rateText } from '../phrases.ts'
import { type Segment, stackedRows } from '../stacked-rows.ts'
import { inBoardOrder } from './board-order.ts'

const ID = 'time'

/** Phases as the farm names them; one that is not here yet is grey. */
const PHASES: Readonly<Record<string, Pick<Segment, 'key' | 'ink' | 'hatched'>>> = {
  queue: { key: 'Q', ink: 'absent' },
  image: { key: 'I', ink: 'yellow' },
  boot: { key: 'B', ink: 'sky' },
  setup: { key: 'S', ink: 'green' },
  'model wait': { key: 'M', ink: 'blue' },
  tools: { key: 'T', ink: 'orange' },
  'agent, else': { key: 'A', ink: 'purple' },
  collect: { key: 'C', ink: 'sky', hatched: true },
  grade: { key: 'G', ink: 'red' },
  teardown: { key: 'D', ink: 'missing', hatched: true },
}

/** Where attempts spent their time, by phase. */
export function timeBars(analysis: Analysis): Figure {
  const times = inBoardOrder(analysis, analysis.times ?? [])
  const names = [...new Set(times.flatMap(({ phases }) => phases.map(({ phase }) => phase)))]
  const segments = names.map(
    (name): Segment => ({ key: '?', ink: 'missing', ...PHASES[name], label: name }),
  )
  const rows = times.map(({ contestant, attempts, phases }) => {
    const known = new Map(phases.map((phase) => [phase.phase, phase]))
    const total = phases.reduce((sum, { totalSeconds }) => sum + totalSeconds, 0)
    return {
      name: contestant,
      shares: total === 0 ? [] : names.map((name) => known.get(name)?.share ?? 0),
      said: names.map((name) => {
        const phase = known.get(name)
        if (phase === undefined) return `${contestant}, ${name}: none`
        const { totalSeconds, share, medianSeconds, p95Seconds } = phase
        return `${contestant}, ${name}: ${duration(totalSeconds)}, ${rateText(share)}; median ${duration(medianSeconds)}, 95 of 100 below ${duration(p95Seconds)}`
      }),
      numbers: [
        attempts.toLocaleString('en-US'),
        attempts === 0 ? '–' : duration(total / attempts),
      ],
    }
  })
  const flat = times.flatMap(({ contestant, attempts, phases }) =>
    phases.map((phase) => ({ contestant, attempts, ...phase })),
  )
  return {
    id: ID,
    title: 'Where the time went',
    drawing:
      times.length === 0
        ? null
        : stackedRows(segments, rows, {
            id: ID,
            heads: ['attempts', 'mean time'],
            empty: 'no time was taken',
            summary: `Stacked bars of the time of ${counted(times.length, 'contestant')} by phase.`,
          }),
    caption: [
      times.length === 0
        ? 'Phases of attempts are not in this data: only sweeps of the farm have them.'
        : 'Shares of the time of all attempts, lost ones too, by phase in the order in which they pass; the agent’s time is split into waiting for a model, tools, and all else.',
      provenance(analysis),
    ],
    table: tableOf(flat, [
      { key: 'contestant', title: 'contestant', left: true, value: ({ contestant }) => contestant },
      { key: 'attempts', title: 'attempts', value: ({ attempts }) => attempts },
      { key: 'phase', title: 'phase', left: true, value: ({ phase }) => phase },
      {
        key: 'total_seconds',
        title: 'total',
        value: (row) => row.totalSeconds,
        text: (row) => duration(row.totalSeconds),
      },
      {
        key: 'share',
        title: 'share',
        value: ({ share }) => share,
        text: (row) => rateText(row.share),
      },
      {
        key: 'median_seconds',
        title: 'median',
        value: (row) => row.medianSeconds,
        text: (row) => duration(row.medianSeconds),
      },
      {
        key: 'p95_seconds',
        title: '95th percentile',
        value: (row) => row.p95Seconds,
        text: (row) => duration(row.p95Seconds),
      },
    ]),
  }
}
