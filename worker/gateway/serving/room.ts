/** Room for so much at once, given out in the order in which it was asked for. */
export class Room {
  readonly #size: number
  readonly #mostWaiting: number
  #used = 0
  readonly #waiting: { readonly amount: number; readonly enter: () => void }[] = []

  constructor(size: number, { mostWaiting = Number.POSITIVE_INFINITY } = {}) {
    this.#size = size
    this.#mostWaiting = mostWaiting
  }

  /**
   * @param amount more than the whole room counts as all of it.
   * @returns what gives it back, once; null at once when too many wait already.
   */
  async enter(amount: number): Promise<(() => void) | null> {
    const wanted = Math.min(amount, this.#size)
    if (this.#waiting.length === 0 && this.#used + wanted <= this.#size) {
      this.#used += wanted
    } else {
      if (this.#waiting.length >= this.#mostWaiting) return null
      await new Promise<void>((enter) => this.#waiting.push({ amount: wanted, enter }))
    }
    let isBack = false
    return () => {
      if (isBack) return
      isBack = true
      this.#used -= wanted
      this.#admit()
    }
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#used + next.amount > this.#size) return
      this.#used += next.amount
      this.#waiting.shift()
      next.enter()
    }
  }
}
