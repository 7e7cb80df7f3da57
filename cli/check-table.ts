import { CHECK_AGENTS } from './check-plan.ts'
import type { TaskVerdict } from './check-verdict.ts'
import { textTable } from './text-table.ts'

/** Tasks against agents, then what is wrong and where to look. */
export function checkTable(verdicts: readonly TaskVerdict[]): string[] {
  const rows = verdicts.map(({ task, ok, cells }) => [
    task,
    ok ? 'ok' : 'FAILED',
    ...CHECK_AGENTS.map((agent) => {
      const cell = cells.find((each) => each.agent === agent)
      if (cell === undefined) return '-'
      const score = cell.score === null ? 'none' : cell.score.toFixed(2)
      return cell.ok ? score : `${score} !`
    }),
  ])
  const agents = CHECK_AGENTS.map((title) => ({ title, align: 'right' as const }))
  const problems = verdicts.flatMap(({ task, cells }) =>
    cells
      .filter(({ ok }) => !ok)
      .map(({ agent, problem, trial }) => {
        const look = trial === '' ? '' : `\n    sbench trial show ${trial}`
        return `  ${task}: ${agent} ${problem}${look}`
      }),
  )
  return [
    ...textTable([{ title: 'task' }, { title: 'verdict' }, ...agents], rows),
    ...(problems.length === 0 ? [] : ['', ...problems]),
  ]
}
