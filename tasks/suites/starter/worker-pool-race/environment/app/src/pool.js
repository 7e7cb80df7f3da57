import { exponential } from './backoff.js'
import { systemClock } from './clock.js'

/** Handles the jobs of a shared store, a few at a time. docs/pool.md says what it promises. */
export class Pool {
  #store
  #handler
  #concurrency
  #pollMs
  #maxAttempts
  #backoff
  #clock
  #owner
  #onError

  #started = false
  #looking = false
  #running = 0
  #timer = null
  #drained = null
  #idle = null

  constructor({
    store,
    handler,
    concurrency = 4,
    pollMs = 1_000,
    maxAttempts = 3,
    backoff = exponential(500),
    clock = systemClock,
    owner = `pool-${process.pid}`,
    onError = () => {},
  }) {
    this.#store = store
    this.#handler = handler
    this.#concurrency = concurrency
    this.#pollMs = pollMs
    this.#maxAttempts = maxAttempts
    this.#backoff = backoff
    this.#clock = clock
    this.#owner = owner
    this.#onError = onError
  }

  get running() {
    return this.#running
  }

  /** Adds a job and answers its id. Priorities are numbers, higher first. */
  async add(payload, { priority = 0, delayMs = 0 } = {}) {
    const id = await this.#store.add({ payload, priority, runAt: this.#clock.now() + delayMs })
    this.#look()
    return id
  }

  start() {
    this.#started = true
    this.#look()
  }

  /** Resolves when there is nothing left to do. */
  drain() {
    if (this.#running === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#drained = resolve
    })
  }

  /** Lets what is running end, and starts nothing more. */
  async stop() {
    this.#started = false
    this.#timer?.()
    this.#timer = null
    if (this.#running > 0) {
      await new Promise((resolve) => {
        this.#idle = resolve
      })
    }
  }

  /** Starts as many due jobs as there are free slots, and sets the timer for the next look. */
  async #look() {
    if (!this.#started || this.#looking) return
    const free = this.#concurrency - this.#running
    if (free <= 0) return
    this.#looking = true
    const jobs = await this.#store.due(this.#clock.now(), free)
    this.#looking = false
    for (const job of jobs) this.#run(job)
    await this.#schedule()
  }

  async #schedule() {
    const next = await this.#store.nextRunAt()
    if (this.#timer || !this.#started) return
    const now = this.#clock.now()
    const waitMs = next === null ? this.#pollMs : Math.min(this.#pollMs, Math.max(next - now, 1))
    this.#timer = this.#clock.after(waitMs, () => {
      this.#timer = null
      this.#look()
    })
  }

  async #run(job) {
    await this.#store.claim(job.id, this.#owner, job.attempts)
    if (!this.#started) return
    this.#running += 1
    const attempt = job.attempts + 1
    this.#handler(job.payload, { id: job.id, attempt }).then(
      () => {
        this.#ended()
        return this.#store.finish(job.id, this.#owner)
      },
      (error) => {
        this.#ended()
        return this.#failed(job, attempt, error)
      },
    )
  }

  async #failed(job, attempt, error) {
    if (attempt >= this.#maxAttempts) {
      await this.#store.bury(job.id, this.#owner, error.message)
    } else {
      const runAt = this.#clock.now() + this.#backoff(attempt)
      await this.#store.retry(job.id, this.#owner, { runAt, attempts: attempt })
    }
  }

  #ended() {
    this.#running -= 1
    if (this.#running === 0) {
      this.#drained?.()
      this.#idle?.()
    }
    this.#look()
  }
}
