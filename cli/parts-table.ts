import type { PartStatus } from '../deploy/local/stack-status.ts'
import { durationText } from './duration-text.ts'
import { textTable } from './text-table.ts'

/** The stack's processes and how they are. */
export function partsTable(parts: readonly PartStatus[], nowMs: number): string[] {
  const rows = parts.map(({ name, state, port, pid, restarts, since, lastEnd }) => [
    name,
    state,
    durationText(nowMs - Date.parse(since)),
    pid === undefined ? '' : String(pid),
    String(port),
    restarts === 0 ? '' : String(restarts),
    lastEnd ?? '',
  ])
  return textTable(
    [
      { title: 'part' },
      { title: 'state' },
      { title: 'for', align: 'right' },
      { title: 'pid', align: 'right' },
      { title: 'port', align: 'right' },
      { title: 'restarts', align: 'right' },
      { title: 'last end' },
    ],
    rows,
  )
}
