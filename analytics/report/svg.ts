/** Pieces of SVG and HTML as text. Whatever comes from outside goes through `escaped`. */

import type { Ink } from './theme.ts'

export type Attributes = Readonly<Record<string, string | number | undefined>>

/**
 * Text for an element or an attribute of HTML or XML. Characters that XML does not know, and those
 * that turn the direction of what follows, become the replacement character.
 */
export function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(NO_CHARACTERS, '\ufffd')
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

const NO_CHARACTERS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** @param children markup that is escaped already. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${typeof value === 'number' ? shown(value) : escaped(`${value}`)}"`,
    )
    .join('')
  return children.length === 0
    ? `<${name}${written}/>`
    : `<${name}${written}>${children.join('')}</${name}>`
}

/** Two decimals are a fiftieth of what a screen can show. */
export const shown = (value: number): string => `${Number(value.toFixed(2))}`

/** A group with a title, which browsers show when the pointer rests on it. */
export const titled = (title: string, ...children: string[]): string =>
  element('g', {}, element('title', {}, escaped(title)), ...children)

export interface TextOptions {
  readonly anchor?: 'start' | 'middle' | 'end'
  /** A name of the theme. */
  readonly ink?: Ink
  readonly size?: number
  readonly bold?: boolean
  /** Degrees around its place, clockwise. */
  readonly turn?: number
}

/** A line of text whose middle is at `y`. */
export function words(x: number, y: number, text: string, options: TextOptions = {}): string {
  const { anchor = 'start', ink = 'ink', size = FONT_SIZE, bold = false, turn } = options
  return element(
    'text',
    {
      x,
      y: y + size * 0.35,
      class: `f-${ink}`,
      'font-size': size,
      'text-anchor': anchor === 'start' ? undefined : anchor,
      'font-weight': bold ? 'bold' : undefined,
      transform: turn === undefined ? undefined : `rotate(${shown(turn)} ${shown(x)} ${shown(y)})`,
    },
    escaped(text),
  )
}

export const FONT_SIZE = 12

/** Width of a text in the widest of the fonts that figures name, DejaVu Sans: near, never exact. */
export function textWidth(text: string, size = FONT_SIZE): number {
  let ems = 0
  for (const character of text) {
    if (/[ilj.,:;|'!()[\]/]/.test(character)) ems += 0.36
    else if (/[mwMW%@]/.test(character)) ems += 0.92
    else if (character > '\u2e7f') ems += 1.05
    else if (/[A-Z]/.test(character)) ems += 0.7
    else ems += 0.61
  }
  return ems * size
}

/** Characters beyond which a name's middle is not even measured. */
const LONGEST = 400

/** A name that fits into a width, cut in its middle: names differ at both ends. */
export function fitted(name: string, width: number, size = FONT_SIZE): string {
  if (name.length <= 2 * LONGEST && textWidth(name, size) <= width) return name
  const whole = [...name]
  const characters =
    whole.length > LONGEST ? [...whole.slice(0, LONGEST / 2), ...whole.slice(-LONGEST / 2)] : whole
  const cut = (kept: number) => {
    const head = Math.ceil(kept * 0.6)
    const tail = characters.slice(characters.length - (kept - head))
    return `${characters.slice(0, head).join('')}…${tail.join('')}`
  }
  let [fits, most] = [0, characters.length - 1]
  while (fits < most) {
    const kept = Math.ceil((fits + most) / 2)
    if (textWidth(cut(kept), size) <= width) fits = kept
    else most = kept - 1
  }
  return fits < 2 ? '…' : cut(fits)
}

export const line = (
  [x1, y1, x2, y2]: readonly [number, number, number, number],
  ink: Ink,
  attributes: Attributes = {},
): string => element('line', { x1, y1, x2, y2, class: `s-${ink}`, ...attributes })

export const box = (
  [x, y, width, height]: readonly [number, number, number, number],
  ink: Ink,
  attributes: Attributes = {},
): string =>
  element('rect', { x, y, width: Math.max(0, width), height, class: `f-${ink}`, ...attributes })
