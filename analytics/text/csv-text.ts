/**
 * One row of comma-separated values: text with quotes doubled where it needs any, null as nothing,
 * objects as their JSON.
 *
 * @see RFC 4180
 */
export function csvRow(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(',')}\n`
}

function csvCell(cell: unknown): string {
  if (cell === null || cell === undefined) return ''
  const text = typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
