/** A text that several nodes change, each write naming the revision it was made from. */
export interface SharedValue {
  /** Null when there is none yet. */
  read(): Promise<{ readonly text: string; readonly revision: number } | null>
  /**
   * @param revision of the text that was read; 0 when there was none.
   * @returns the new revision, or null when somebody else was faster.
   * @throws Error when it is unknown whether it was written.
   */
  write(text: string, revision: number): Promise<number | null>
}

/** What a change makes of the state; `commit` runs once, when it is written. */
export interface Changed<State, Result> {
  readonly state: State
  readonly result: Result
  readonly commit?: () => void
}

export interface SharedStateOptions<State> {
  readonly value: SharedValue
  readonly parse: (text: string | null) => State
  /** Puts what this process knows best into a state before changes are made to it. */
  readonly begin?: (state: State) => State
}

interface Waiting<State> {
  /** Makes the change to a state that may turn out not to be the last word; then it is called again. */
  readonly apply: (state: State) => { readonly state: State; readonly written: () => void }
  readonly fail: (error: unknown) => void
}

/**
 * A state shared by the fleet, changed by compare-and-set. One write is under way at a time;
 * changes that come meanwhile wait and go into the next one together, so that a busy node costs
 * the others one write, not one for each call.
 */
export class SharedState<State> {
  readonly #options: SharedStateOptions<State>
  #waiting: Waiting<State>[] = []
  #busy = false
  #known: { text: string | null; revision: number } | null = null

  constructor(options: SharedStateOptions<State>) {
    this.#options = options
  }

  /** @throws what the value throws; whether the change was made is unknown then. */
  change<Result>(change: (state: State) => Changed<State, Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        apply: (before) => {
          const { state, result, commit } = change(before)
          return {
            state,
            written: () => {
              commit?.()
              resolve(result)
            },
          }
        },
        fail: reject,
      })
      if (!this.#busy) void this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#busy = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        for (const written of await this.#write(batch)) written()
      } catch (error) {
        this.#known = null
        for (const { fail } of batch) fail(error)
      }
    }
    this.#busy = false
  }

  async #write(batch: readonly Waiting<State>[]): Promise<(() => void)[]> {
    const { value, parse, begin = (state: State) => state } = this.#options
    for (;;) {
      const isFresh = this.#known === null
      this.#known ??= (await value.read()) ?? { text: null, revision: 0 }
      let state = begin(parse(this.#known.text))
      const written = batch.map(({ apply }) => {
        const applied = apply(state)
        state = applied.state
        return applied.written
      })
      const text = JSON.stringify(state)
      // Nothing to write: right only if what is known is not old.
      if (text === this.#known.text && isFresh) return written
      const revision =
        text === this.#known.text ? null : await value.write(text, this.#known.revision)
      this.#known = revision === null ? null : { text, revision }
      if (revision !== null) return written
    }
  }
}

/** A value of this process alone. */
export function memoryValue(): SharedValue {
  let text: string | null = null
  let revision = 0
  return {
    read: async () => (text === null ? null : { text, revision }),
    async write(next, from) {
      if (from !== revision) return null
      text = next
      revision += 1
      return revision
    },
  }
}
