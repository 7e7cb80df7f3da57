/** How long at least one of several things was under way; what overlaps counts once. */
export class Occupancy {
  #totalMs: number
  #inside = 0
  #since = 0
  readonly #now: () => number

  constructor(startMs = 0, now: () => number = () => performance.now()) {
    this.#totalMs = startMs
    this.#now = now
  }

  enter(): void {
    if (this.#inside === 0) this.#since = this.#now()
    this.#inside += 1
  }

  leave(): void {
    this.#inside -= 1
    if (this.#inside === 0) this.#totalMs += this.#now() - this.#since
  }

  /** Whole milliseconds so far, what is under way included. */
  totalMs(): number {
    const running = this.#inside > 0 ? this.#now() - this.#since : 0
    return Math.round(this.#totalMs + running)
  }
}
