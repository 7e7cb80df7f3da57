import { textWidth, words } from './svg.ts'
import type { Ink } from './theme.ts'

export interface PlacedPoint {
  readonly x: number
  readonly y: number
  /** Not labelled when null; others keep away from it all the same. */
  readonly label: string | null
  readonly ink?: Ink
}

interface Rectangle {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

const SIZE = 11
const GAP = 8

/**
 * Names beside points, at the first of five sides where they meet no other name or point; without
 * such a side a point has no name. The first points choose first.
 *
 * @param within what names must stay in.
 */
export function labelsOf(points: readonly PlacedPoint[], within: Rectangle): string {
  const taken: Rectangle[] = points.map(({ x, y }) => around(x, y, 4))
  const pieces: string[] = []
  for (const [own, { x, y, label, ink = 'ink' }] of points.entries()) {
    if (label === null) continue
    const width = textWidth(label, SIZE)
    const sides = [
      [x + 5, y - 11],
      [x + GAP, y],
      [x - GAP - width, y],
      [x - width / 2, y - 12],
      [x - width / 2, y + 12],
    ] as const
    for (const [left, middle] of sides) {
      const room = { left, top: middle - 7, right: left + width, bottom: middle + 7 }
      if (!inside(room, within)) continue
      if (taken.some((other, at) => at !== own && meet(room, other))) continue
      taken.push(room)
      pieces.push(words(left, middle, label, { size: SIZE, ink }))
      break
    }
  }
  return pieces.join('')
}

const around = (x: number, y: number, by: number): Rectangle => ({
  left: x - by,
  top: y - by,
  right: x + by,
  bottom: y + by,
})

const inside = (one: Rectangle, other: Rectangle): boolean =>
  one.left >= other.left &&
  one.right <= other.right &&
  one.top >= other.top &&
  one.bottom <= other.bottom

const meet = (one: Rectangle, other: Rectangle): boolean =>
  one.left < other.right &&
  other.left < one.right &&
  one.top < other.bottom &&
  other.top < one.bottom
