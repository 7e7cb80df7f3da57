/** One line of the table: what was measured, beside what it is measured against, in the same run. */
export interface BenchRow {
  readonly what: string
  readonly ours: number
  /** The same without our part, or by the means that ours replaces; null where there is nothing to compare with. */
  readonly anchor: number | null
  readonly unit: string
  /** `ours` over `anchor`; null without an anchor. */
  readonly ratio: number | null
  /** As people read it: `< 2 ms more`. */
  readonly target: string
  readonly met: boolean
}

export interface BenchOptions {
  /** Sizes of real use, which take many minutes, in place of those that show the same in one or two. */
  readonly long: boolean
}

/** One module of benches; a run lasts a minute or two. */
export interface Bench {
  readonly name: string
  run(options: BenchOptions): Promise<BenchRow[]>
}

/** A row whose ratio is the point, at most or at least so large. */
export function ratioRow(
  what: string,
  facts: { ours: number; anchor: number; unit: string } & ({ most: number } | { least: number }),
): BenchRow {
  const { ours, anchor, unit } = facts
  const ratio = ours / anchor
  const [target, met] =
    'most' in facts
      ? [`<= ${facts.most}x`, ratio <= facts.most]
      : [`>= ${facts.least}x`, ratio >= facts.least]
  return { what, ours, anchor, unit, ratio, target, met }
}

/** A row that explains another one and has no target of its own. */
export function factRow(
  what: string,
  { ours, anchor = null, unit }: { ours: number; anchor?: number | null; unit: string },
): BenchRow {
  const ratio = anchor === null ? null : ours / anchor
  return { what, ours, anchor, unit, ratio, target: '-', met: true }
}

/** A row of which what comes on top of the anchor is the point. */
export function addedRow(
  what: string,
  { ours, anchor, unit, most }: { ours: number; anchor: number; unit: string; most: number },
): BenchRow {
  const target = `< ${most} ${unit} more`
  return { what, ours, anchor, unit, ratio: ours / anchor, target, met: ours - anchor < most }
}

/** A row that stands by itself. */
export function absoluteRow(
  what: string,
  { ours, unit, most }: { ours: number; unit: string; most: number },
): BenchRow {
  const target = `< ${most} ${unit}`
  return { what, ours, anchor: null, unit, ratio: null, target, met: ours < most }
}

/** @param share 0.5 is the median. @returns the value below which that share of all lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right)
  const at = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))
  return sorted[at] ?? Number.NaN
}
