import { exponential } from './backoff.js'
import { systemClock } from './clock.js'

/**
 * Handles the jobs of a shared store, a few at a time. docs/pool.md says what it promises.
 *
 * Looks for work are made one after another, so that they cannot give the same slot away twice. A
 * slot is taken before the claim is asked for. Whatever may have changed the answer of a look that
 * is under way asks for one more after it.
 */
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
  #lookAgain = false
  #cancelTimer = null
  #claiming = new Set()
  #held = 0
  #running = 0
  #drains = new Set()
  #stops = []

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

  /** Resolves when no job is open in the store. */
  drain() {
    return new Promise((resolve) => {
      this.#drains.add(resolve)
      this.#answerDrains()
    })
  }

  /** Lets what is held end, and claims nothing more. */
  async stop() {
    this.#started = false
    this.#setTimer(null)
    if (this.#held > 0) await new Promise((resolve) => this.#stops.push(resolve))
  }

  async #look() {
    this.#lookAgain = true
    if (this.#looking) return
    this.#looking = true
    while (this.#started && this.#lookAgain) {
      this.#lookAgain = false
      try {
        await this.#claimWhatIsDue()
        await this.#waitForWhatIsNext()
      } catch (error) {
        this.#onError(error)
        this.#setTimer(this.#pollMs)
      }
    }
    this.#looking = false
  }

  async #claimWhatIsDue() {
    const free = this.#concurrency - this.#held
    if (free === 0) return
    const jobs = await this.#store.due(this.#clock.now(), free)
    if (!this.#started) return
    for (const job of jobs) {
      if (!this.#claiming.has(job.id)) this.#take(job)
    }
  }

  async #waitForWhatIsNext() {
    const next = await this.#store.nextRunAt()
    const waitMs = (next ?? Number.POSITIVE_INFINITY) - this.#clock.now()
    const full = this.#held === this.#concurrency || this.#claiming.size > 0
    if (waitMs > 0) this.#setTimer(Math.min(waitMs, this.#pollMs))
    else this.#setTimer(full ? this.#pollMs : Math.min(1, this.#pollMs))
  }

  #setTimer(waitMs) {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    if (waitMs === null || !this.#started) return
    this.#cancelTimer = this.#clock.after(waitMs, () => {
      this.#cancelTimer = null
      this.#look()
      this.#answerDrains()
    })
  }

  async #take(job) {
    this.#held += 1
    this.#claiming.add(job.id)
    let answered = true
    const ours = await this.#claim(job).catch((error) => {
      answered = false
      this.#onError(error)
    })
    this.#claiming.delete(job.id)
    if (ours) {
      this.#look()
      await this.#settle(job).catch((error) => this.#onError(error))
    }
    this.#held -= 1
    if (answered) this.#look()
    if (this.#held === 0) for (const resolve of this.#stops.splice(0)) resolve()
    this.#answerDrains()
  }

  async #claim(job) {
    return this.#store.claim(job.id, this.#owner, job.attempts)
  }

  /** Handles a job that is ours and records the outcome. */
  async #settle(job) {
    if (!this.#started) {
      return this.#store.retry(job.id, this.#owner, { runAt: job.runAt, attempts: job.attempts })
    }
    const attempt = job.attempts + 1
    this.#running += 1
    try {
      await this.#handler(job.payload, { id: job.id, attempt })
    } catch (error) {
      return await this.#recordFailure(job, attempt, error)
    } finally {
      this.#running -= 1
    }
    await this.#store.finish(job.id, this.#owner)
  }

  async #recordFailure(job, attempt, error) {
    if (attempt >= this.#maxAttempts) {
      return this.#store.bury(job.id, this.#owner, String(error?.message ?? error))
    }
    const runAt = this.#clock.now() + this.#backoff(attempt)
    return this.#store.retry(job.id, this.#owner, { runAt, attempts: attempt })
  }

  /** Only those drains are answered that were asked for before the store was. */
  async #answerDrains() {
    const asked = [...this.#drains]
    if (asked.length === 0 || this.#held > 0) return
    try {
      if ((await this.#store.open()) > 0 || this.#held > 0) return
    } catch (error) {
      return this.#onError(error)
    }
    for (const resolve of asked) {
      this.#drains.delete(resolve)
      resolve()
    }
  }
}
