/** A store for tests and demos; docs/store.md says what each method promises. */
export class MemoryStore {
  #jobs = new Map()
  #lastId = 0
  finished = []
  buried = []

  async add({ payload, priority = 0, runAt = 0 }) {
    const id = ++this.#lastId
    this.#jobs.set(id, { id, payload, priority, runAt, attempts: 0, owner: null })
    return id
  }

  async due(now, limit) {
    return this.#waiting()
      .filter((job) => job.runAt <= now)
      .sort((a, b) => b.priority - a.priority || a.id - b.id)
      .slice(0, limit)
      .map(({ owner, ...job }) => job)
  }

  async claim(id, owner, attempts) {
    const job = this.#jobs.get(id)
    if (!job || job.owner !== null || job.attempts !== attempts) return false
    job.owner = owner
    return true
  }

  async finish(id, owner) {
    this.#owned(id, owner)
    this.#jobs.delete(id)
    this.finished.push(id)
  }

  async retry(id, owner, { runAt, attempts }) {
    Object.assign(this.#owned(id, owner), { runAt, attempts, owner: null })
  }

  async bury(id, owner, message) {
    this.#owned(id, owner)
    this.#jobs.delete(id)
    this.buried.push({ id, message })
  }

  async nextRunAt() {
    const times = this.#waiting().map((job) => job.runAt)
    return times.length ? Math.min(...times) : null
  }

  async open() {
    return this.#jobs.size
  }

  #waiting() {
    return [...this.#jobs.values()].filter((job) => job.owner === null)
  }

  #owned(id, owner) {
    const job = this.#jobs.get(id)
    if (job?.owner !== owner) throw new Error(`job ${id} is not ${owner}'s`)
    return job
  }
}
