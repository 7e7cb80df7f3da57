import { NO_PHASES, type PhaseTimes } from '../coordinator/contract/outcome.ts'

/** Adds up how long each phase of an attempt takes. */
export class Stopwatch {
  readonly #times: { -readonly [Phase in keyof PhaseTimes]: number }

  /** @param before what an earlier process of the same attempt had counted. */
  constructor(before: PhaseTimes = NO_PHASES) {
    this.#times = { ...before }
  }

  add(phase: keyof PhaseTimes, ms: number): void {
    this.#times[phase] += ms
  }

  /** Runs the work and counts its time, whether or not it succeeds. */
  async time<Value>(phase: keyof PhaseTimes, work: () => Promise<Value>): Promise<Value> {
    const from = performance.now()
    try {
      return await work()
    } finally {
      this.add(phase, performance.now() - from)
    }
  }

  /** Whole milliseconds of each phase. */
  get phases(): PhaseTimes {
    const rounded = Object.entries(this.#times).map(([phase, ms]) => [phase, Math.round(ms)])
    return { ...NO_PHASES, ...Object.fromEntries(rounded) }
  }
}
