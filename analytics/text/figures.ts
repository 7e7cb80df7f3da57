/** Numbers and tables as people read them in a terminal. */

/** A fraction in percent, with the one decimal that a board supports. */
export const percent = (fraction: number): string => (fraction * 100).toFixed(1)

/** A share of resamples: two decimals, and never a certainty that rounding made. */
export function shareText(share: number): string {
  if (share > 0 && share < 0.005) return '<.01'
  if (share < 1 && share >= 0.995) return '>.99'
  return share.toFixed(2)
}

/** A p-value: three decimals, and never 0. */
export function pText(p: number | null): string {
  if (p === null) return '–'
  return p < 0.001 ? '<.001' : p.toFixed(3)
}

/** A difference of fractions in points, with its sign. */
export function points(difference: number): string {
  const shown = (difference * 100).toFixed(1)
  return difference > 0 && !shown.startsWith('-') ? `+${shown}` : shown
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const minutes = Math.floor(seconds / 60)
  const rest = Math.floor(seconds % 60)
  if (minutes < 60) return `${minutes} min ${String(rest).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** @param right columns whose cells stand at the right. */
export function aligned(
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number>,
): string[] {
  const columns = rows[0]?.length ?? 0
  const widths = Array.from({ length: columns }, (_, column) =>
    rows.reduce((widest, row) => Math.max(widest, [...(row[column] ?? '')].length), 0),
  )
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const padding = ' '.repeat((widths[column] ?? 0) - [...cell].length)
        return right.has(column) ? padding + cell : cell + padding
      })
      .join('  ')
      .trimEnd(),
  )
}

export const ruleUnder = (head: string): string => '─'.repeat([...head].length)
