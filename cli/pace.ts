/** How fast results come. */
export interface Pace {
  readonly perMinute: number
  /** Until the last planned result at this pace; null while nothing comes. */
  readonly remainingMs: number | null
}

interface Sample {
  readonly atMs: number
  readonly finished: number
}

/** Long enough to smooth the bursts of a small fleet, short enough to follow a change of it. */
const WINDOW_MS = 120_000

/** Follows a growing count and says how fast it grew over the last two minutes. */
export class PaceMeter {
  #samples: Sample[] = []

  measure(finished: number, planned: number, nowMs: number): Pace {
    this.#samples = this.#samples.filter(({ atMs }) => nowMs - atMs <= WINDOW_MS)
    this.#samples.push({ atMs: nowMs, finished })
    const first = this.#samples[0] ?? { atMs: nowMs, finished }
    const minutes = (nowMs - first.atMs) / 60_000
    const perMinute = minutes > 0 ? (finished - first.finished) / minutes : 0
    const left = Math.max(0, planned - finished)
    if (left === 0) return { perMinute, remainingMs: 0 }
    return { perMinute, remainingMs: perMinute > 0 ? (left / perMinute) * 60_000 : null }
  }
}
