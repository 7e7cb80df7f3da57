import type { Analysis } from '../../analysis/analysis-document.ts'

/** Rows in the order of the pass/fail board: so that a contestant is at the same place everywhere. */
export function inBoardOrder<Row extends { readonly contestant: string }>(
  { boards }: Analysis,
  rows: readonly Row[],
): Row[] {
  const places = new Map(boards[0]?.entries.map(({ contestant }, at) => [contestant, at]))
  const place = ({ contestant }: Row) => places.get(contestant) ?? places.size
  return rows.toSorted((a, b) => place(a) - place(b))
}
