export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

/**
 * Rows under their titles, columns as wide as their widest cell, two spaces apart.
 *
 * @param rows cells in the order of the columns; a missing one is blank.
 */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const titles = columns.map((column) => column.title)
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  )
  return [titles, ...rows].map((row) =>
    columns
      .map((column, index) => pad(row[index] ?? '', widths[index] ?? 0, column.align))
      .join('  ')
      .trimEnd(),
  )
}

function pad(cell: string, width: number, align: Column['align']): string {
  return align === 'right' ? cell.padStart(width) : cell.padEnd(width)
}
