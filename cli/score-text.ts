/** A fraction of 1 as a percentage; blank when there is none. */
export const percentText = (fraction: number | null): string =>
  fraction === null ? '' : `${(fraction * 100).toFixed(1)} %`

/** Partial credit, 0.00 to 1.00; blank when there is none. */
export const scoreText = (score: number | null): string => (score === null ? '' : score.toFixed(2))

/** Seconds as people say them; blank when there are none. */
export const secondsText = (seconds: number | null): string =>
  seconds === null ? '' : `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`
