import type { Analysis } from '../analysis/analysis-document.ts'
import { boardNotes, intervalLabel } from '../analysis/board-text.ts'
import { boardTable } from './html-table.ts'
import { counted, levelText } from './phrases.ts'
import type { PageHead } from './report-page.ts'

/** What a report says first: what was run, when, under which conditions, and both boards. */
export function reportHead(analysis: Analysis): PageHead {
  const { source, notes, method, dataVersion } = analysis
  const boards = analysis.boards.filter(({ measure }) => !measure.startsWith('dimension:'))
  const names = source.sweeps.length > 0 ? source.sweeps.map(({ name }) => name) : source.names
  const families = analysis.families === null ? '' : ` in ${analysis.families} families`
  const draws =
    method.resamples === null
      ? 'no resamples'
      : `${method.resamples.toLocaleString('en-US')} resamples, seed ${method.seed}`
  return {
    title: `Report: ${names.join(', ')}`,
    facts: [
      ...source.sweeps.map((sweep) => ['Sweep', sweepText(sweep)] as const),
      ...source.sweeps.map((sweep) => ['When', whenText(sweep)] as const),
      ...(source.sweeps.length > 0
        ? []
        : [['Read from', `${source.names.join(', ')} (${source.kinds.join(', ')})`] as const]),
      [
        'Size',
        `${counted(analysis.contestants, 'contestant')}, ${counted(analysis.tasks, 'task')}${families}, ${counted(source.rows, 'trial')}`,
      ],
      ...conditionsOf(analysis),
      [
        'Method',
        `version ${method.version}, ${levelText(method.level)}, ${draws}; ${method.adjustment}`,
      ],
      ['Data', dataVersion],
    ],
    boards: boards.map(({ measure, label, entries }) => {
      const title = measure === 'pass' ? 'Pass/fail' : 'Partial credit'
      const caption = `${title}: ${intervalLabel(entries)}`
      return boardTable(entries, { measure: label, theseTasks: true, caption })
    }),
    notes: [...boardNotes(boards.flatMap(({ entries }) => entries)), ...notes],
  }
}

/** One line an aspect: its values, with the number of tasks where there are several. */
function conditionsOf({ conditions, source }: Analysis): (readonly [string, string])[] {
  if (source.sweeps.length === 0) {
    return [['Conditions', 'not in these files: timeouts, limits and graders are not known']]
  }
  return [...Map.groupBy(conditions, ({ aspect }) => aspect)].map(([aspect, values]) => {
    const said = values.map(({ value, tasks }) =>
      values.length === 1 ? value : `${value} (${counted(tasks, 'task')})`,
    )
    return [`${aspect.charAt(0).toUpperCase()}${aspect.slice(1)}`, said.join('; ')]
  })
}

export const sweepText = ({
  sweep,
  name,
  suite,
  suiteVersion,
  status,
}: Pick<
  Analysis['source']['sweeps'][number],
  'sweep' | 'name' | 'suite' | 'suiteVersion' | 'status'
>): string => `${name}, suite ${suite} ${suiteVersion}, ${status} (${sweep})`

export const whenText = ({
  startedAt,
  finishedAt,
}: {
  readonly startedAt: string
  readonly finishedAt: string | null
}): string =>
  finishedAt === null
    ? `from ${clock(startedAt)} on, not finished`
    : `${clock(startedAt)} to ${clock(finishedAt)}`

/** To the minute, in UTC. */
const clock = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`
