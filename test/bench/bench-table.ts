import type { BenchRow } from './bench.ts'

const COLUMNS = ['what', 'ours', 'anchor', 'ratio', 'target', 'met'] as const

/** Rows as people read them, columns in line. */
export function benchTable(rows: readonly BenchRow[]): string {
  const cells = [[...COLUMNS], ...rows.map(cellsOf)]
  const widths = COLUMNS.map((_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? '').length)),
  )
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

function cellsOf({ what, ours, anchor, unit, ratio, target, met }: BenchRow): string[] {
  return [
    what,
    `${digits(ours)} ${unit}`,
    anchor === null ? '-' : `${digits(anchor)} ${unit}`,
    ratio === null ? '-' : `${ratio.toFixed(2)}x`,
    target,
    met ? 'yes' : 'NO',
  ]
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2)
}
