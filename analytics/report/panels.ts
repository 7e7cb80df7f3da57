import { fitted, titled, words } from './svg.ts'

/** A place in a drawing, in its units. */
export interface Place {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const COLUMNS = 4
const PANEL = { width: 225, height: 170 }
const ROOM = { left: 42, right: 8, top: 24, bottom: 34 }

/** Most panels that a figure has: more are in its table. */
export const MOST_PANELS = 12

/** Small figures of one kind beside and below each other, each with its name. */
export function panels<Item extends { readonly contestant: string }>(
  items: readonly Item[],
  draw: (item: Item, place: Place) => string,
): { readonly markup: string; readonly width: number; readonly height: number } {
  const pieces = items.map((item, at) => {
    const left = (at % COLUMNS) * PANEL.width
    const top = Math.floor(at / COLUMNS) * PANEL.height
    const place = {
      x: left + ROOM.left,
      y: top + ROOM.top,
      width: PANEL.width - ROOM.left - ROOM.right,
      height: PANEL.height - ROOM.top - ROOM.bottom,
    }
    const name = fitted(item.contestant, place.width)
    return titled(item.contestant, words(place.x, top + 12, name)) + draw(item, place)
  })
  return {
    markup: pieces.join(''),
    width: Math.max(2, Math.min(items.length, COLUMNS)) * PANEL.width + 8,
    height: Math.ceil(items.length / COLUMNS) * PANEL.height,
  }
}

/** Says that panels are of some contestants alone; nothing when they are of all. */
export const someOf = (shown: number, all: number): string[] =>
  shown < all ? [`The ${shown} contestants with the highest pass rates of ${all}.`] : []
