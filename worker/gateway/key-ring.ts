/** An agent waits no longer for its worker to come back than for a slow answer. */
const PATIENCE_MS = 60_000

/**
 * What the keys of attempts open. Agents that went on while their worker was away have theirs already:
 * such a key is expected until what it opens is open again, since to be refused in that moment would
 * be taken for the end.
 */
export class KeyRing<Opened> {
  readonly #open = new Map<string, Opened>()
  readonly #expected = new Map<string, PromiseWithResolvers<void>>()

  /** Whoever comes with this key waits, but not for ever: what does not come back is refused. */
  expect(key: string, patienceMs = PATIENCE_MS): void {
    this.#expected.set(key, Promise.withResolvers())
    setTimeout(() => this.#admit(key), patienceMs).unref()
  }

  open(key: string, opened: Opened): void {
    this.#open.set(key, opened)
    this.#admit(key)
  }

  /** Takes a key back, unless it opens something else by now. */
  close(key: string, opened: Opened): void {
    if (this.#open.get(key) === opened) this.#open.delete(key)
  }

  /** Undefined for a key that opens nothing; waits for one that is expected. */
  async find(key: string): Promise<Opened | undefined> {
    await this.#expected.get(key)?.promise
    return this.#open.get(key)
  }

  all(): readonly Opened[] {
    return [...this.#open.values()]
  }

  #admit(key: string): void {
    this.#expected.get(key)?.resolve()
    this.#expected.delete(key)
  }
}
