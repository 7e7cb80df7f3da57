import { line, words } from './svg.ts'

export interface AxisOptions {
  /** Where the scale's values are, in the figure's units. */
  readonly at: (value: number) => number
  readonly ticks: readonly number[]
  readonly text: (value: number) => string
  /** The other two ends of the grid's lines. */
  readonly from: number
  readonly to: number
  readonly title?: string
}

/** Vertical lines of a grid with numbers below it. */
export function axisBelow({ at, ticks, text, from, to, title }: AxisOptions): string {
  const marks = ticks.map((tick) => {
    const x = at(tick)
    const number = words(x, to + 12, text(tick), { anchor: 'middle', ink: 'quiet', size: 11 })
    return line([x, from, x, to], 'grid') + number
  })
  const middle = (at(ticks[0] ?? 0) + at(ticks.at(-1) ?? 0)) / 2
  const named =
    title === undefined ? '' : words(middle, to + 29, title, { anchor: 'middle', ink: 'quiet' })
  return marks.join('') + named
}

/** Horizontal lines of a grid with numbers at its left. */
export function axisLeft({ at, ticks, text, from, to, title }: AxisOptions): string {
  const marks = ticks.map((tick) => {
    const y = at(tick)
    const number = words(from - 6, y, text(tick), { anchor: 'end', ink: 'quiet', size: 11 })
    return line([from, y, to, y], 'grid') + number
  })
  const middle = (at(ticks[0] ?? 0) + at(ticks.at(-1) ?? 0)) / 2
  const named =
    title === undefined
      ? ''
      : words(from - 44, middle, title, { anchor: 'middle', ink: 'quiet', turn: -90 })
  return marks.join('') + named
}

export const SHARES = [0, 0.2, 0.4, 0.6, 0.8, 1] as const
export const shareText = (share: number): string => `${Math.round(share * 100)} %`
