/**
 * Colours from dark violet at 0 to yellow at 1: even steps to the eye, in grey too, and told apart
 * by the colour-blind. Between the colours named here they are mixed.
 *
 * @see van der Walt & Smith (2015), matplotlib's viridis.
 */
const STOPS = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 74, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [53, 183, 121],
  [110, 206, 88],
  [181, 222, 43],
  [253, 231, 37],
] as const

export type Rgb = readonly [red: number, green: number, blue: number]

/** @param share 0 to 1. */
export function viridis(share: number): Rgb {
  const place = Math.min(1, Math.max(0, share)) * (STOPS.length - 1)
  const at = Math.min(STOPS.length - 2, Math.floor(place))
  const [low, high] = [STOPS[at] ?? STOPS[0], STOPS[at + 1] ?? STOPS[0]]
  const mixed = (channel: 0 | 1 | 2) =>
    Math.round(low[channel] + (high[channel] - low[channel]) * (place - at))
  return [mixed(0), mixed(1), mixed(2)]
}

export const hex = (rgb: Rgb): string =>
  `#${rgb.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`

/** Whether text on it is to be dark. */
export const isLight = ([red, green, blue]: Rgb): boolean =>
  0.299 * red + 0.587 * green + 0.114 * blue > 120
