/** An agent waits no longer for its worker to come back than for a slow answer. */
const PATIENCE_MS = 60_000

/**
 * Keys of agents that went on while their worker was away. Refusing one in the moment before its
 * access is open again would be taken for the agent's own end.
 */
export class AwaitedKeys {
  readonly #keys = new Map<string, PromiseWithResolvers<void>>()

  add(key: string, patienceMs = PATIENCE_MS): void {
    this.#keys.set(key, Promise.withResolvers())
    setTimeout(() => this.open(key), patienceMs).unref()
  }

  /** Its calls go on; what was never open by then is refused as any other key. */
  open(key: string): void {
    this.#keys.get(key)?.resolve()
    this.#keys.delete(key)
  }

  /** Resolves at once for a key that nobody waits for. */
  async opened(key: string): Promise<void> {
    await this.#keys.get(key)?.promise
  }
}
