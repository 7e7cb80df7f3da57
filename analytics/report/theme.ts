/**
 * Colours by name, on light and on dark ground. Data has the colours of Okabe and Ito, which people
 * with any common colour blindness tell apart; figures never say anything by colour alone.
 *
 * @see Okabe & Ito (2008), Color Universal Design, jfly.uni-koeln.de/color.
 */
const INKS = {
  ground: ['#ffffff', '#15171b'],
  band: ['#f3f4f6', '#1e2127'],
  grid: ['#dfe2e6', '#32363d'],
  soft: ['#9aa1ab', '#727a86'],
  quiet: ['#5a626d', '#a4acb7'],
  ink: ['#16191d', '#e9ebee'],
  black: ['#16191d', '#0d0f12'],
  white: ['#ffffff', '#ffffff'],
  missing: ['#b4b9c0', '#5b626c'],
  absent: ['#d5d8dc', '#434952'],
  blue: ['#0072b2', '#4fa8e0'],
  orange: ['#d98c00', '#e69f00'],
  green: ['#009e73', '#23b98e'],
  purple: ['#b9578f', '#d78ab5'],
  sky: ['#56b4e9', '#86cbf3'],
  red: ['#d55e00', '#f0823a'],
  yellow: ['#c4b000', '#f0e442'],
} as const

export type Ink = keyof typeof INKS

/** Of things that have no order, the ones first that differ most. */
export const SERIES = [
  'blue',
  'red',
  'green',
  'purple',
  'orange',
  'sky',
  'yellow',
  'quiet',
] as const satisfies readonly Ink[]

export const FONTS =
  'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", Arial, sans-serif'

const variables = (side: 0 | 1): string =>
  Object.entries(INKS)
    .map(([name, sides]) => `--${name}:${sides[side]}`)
    .join(';')

/** For a page: classes `f-…` fill and `s-…` stroke, and `--…` is the colour itself. */
export function pageColours(): string {
  const classes = Object.keys(INKS).map(
    (name) => `.f-${name}{fill:var(--${name})}.s-${name}{stroke:var(--${name})}`,
  )
  return [
    `:root{color-scheme:light dark;${variables(0)}}`,
    `@media screen and (prefers-color-scheme:dark){:root{${variables(1)}}}`,
    ...classes,
  ].join('\n')
}

/** For an SVG that stands alone; a renderer without media queries sees the light ground. */
export function fileColours(sides: 'light' | 'both'): string {
  const rules = (side: 0 | 1) =>
    Object.entries(INKS)
      .map(([name, inks]) => `.f-${name}{fill:${inks[side]}}.s-${name}{stroke:${inks[side]}}`)
      .join('')
  if (sides === 'light') return rules(0)
  return `${rules(0)}@media(prefers-color-scheme:dark){${rules(1)}}`
}
