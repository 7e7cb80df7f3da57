import { exponential } from './backoff.js'
import { systemClock } from './clock.js'

/**
 * Handles the jobs of a shared store, a few at a time. docs/pool.md says what it promises.
 *
 * As many loops as the pool has slots take turns at asking the store for one job each. A loop that
 * finds none sleeps until the bell rings: a job was added, a slot became free, or a time has come.
 */
export class Pool {
  #options
  #session = null
  #sessions = new Set()
  #running = 0
  #turn = Promise.resolve()
  #drains = []

  constructor(options) {
    this.#options = {
      concurrency: 4,
      pollMs: 1_000,
      maxAttempts: 3,
      backoff: exponential(500),
      clock: systemClock,
      owner: `pool-${process.pid}`,
      onError: () => {},
      ...options,
    }
  }

  get running() {
    return this.#running
  }

  /** Adds a job and answers its id. Priorities are numbers, higher first. */
  async add(payload, { priority = 0, delayMs = 0 } = {}) {
    const { store, clock } = this.#options
    const id = await store.add({ payload, priority, runAt: clock.now() + delayMs })
    this.#session?.ring()
    return id
  }

  start() {
    if (this.#session) return
    const session = new Session(this.#options.clock)
    this.#session = session
    this.#sessions.add(session)
    const loops = Array.from({ length: this.#options.concurrency }, () => this.#work(session))
    session.ended = Promise.all(loops).then(() => this.#sessions.delete(session))
  }

  /** Lets what is held end, and claims nothing more. */
  async stop() {
    this.#session?.close()
    this.#session = null
    await Promise.all([...this.#sessions].map((session) => session.ended))
  }

  /** Resolves when no job is open in the store. */
  drain() {
    return new Promise((resolve) => {
      this.#drains.push(resolve)
      this.#checkDrained()
    })
  }

  async #work(session) {
    while (session.open) {
      const heard = session.rings
      const job = await this.#inTurn(() => this.#next(session))
      if (job) {
        session.ring()
        await this.#handle(job)
        session.ring()
        await this.#checkDrained()
      } else {
        await session.bell(heard)
      }
    }
  }

  /** One after another, so that the loops do not all ask for the same job. */
  #inTurn(ask) {
    const mine = this.#turn.then(ask)
    this.#turn = mine.catch(() => {})
    return mine
  }

  /** A job that is ours, or nothing and a timer for when there may be one. */
  async #next(session) {
    const { store, clock, owner, pollMs, onError } = this.#options
    try {
      while (session.open) {
        const [job] = await store.due(clock.now(), 1)
        if (!session.open) return
        if (!job) {
          const next = await store.nextRunAt()
          const waitMs = Math.max(1, (next ?? Infinity) - clock.now())
          session.wake(Math.min(waitMs, pollMs), () => this.#checkDrained())
          return
        }
        if (!(await store.claim(job.id, owner, job.attempts))) continue
        session.wake(pollMs, () => this.#checkDrained())
        if (session.open) return job
        await store.retry(job.id, owner, { runAt: job.runAt, attempts: job.attempts })
      }
    } catch (error) {
      onError(error)
      session.wake(pollMs, () => this.#checkDrained())
    }
  }

  async #handle(job) {
    const { store, handler, owner, clock, backoff, maxAttempts } = this.#options
    const attempt = job.attempts + 1
    this.#running += 1
    const failure = await new Promise((resolve) => resolve(handler(job.payload, { id: job.id, attempt }))).then(
      () => null,
      (error) => ({ message: String(error?.message ?? error) }),
    )
    this.#running -= 1
    if (!failure) await store.finish(job.id, owner)
    else if (attempt >= maxAttempts) await store.bury(job.id, owner, failure.message)
    else await store.retry(job.id, owner, { runAt: clock.now() + backoff(attempt), attempts: attempt })
  }

  async #checkDrained() {
    const asked = this.#drains
    if (asked.length === 0) return
    this.#drains = []
    const open = await this.#options.store.open().catch((error) => {
      this.#options.onError(error)
      return Infinity
    })
    if (open > 0) this.#drains.push(...asked)
    else for (const resolve of asked) resolve()
  }
}

/** What lasts from a start to its stop: a bell, and the timer that rings it. */
class Session {
  open = true
  rings = 0
  #clock
  #sleepers = []
  #cancel = null

  constructor(clock) {
    this.#clock = clock
  }

  ring() {
    this.rings += 1
    for (const wakeUp of this.#sleepers.splice(0)) wakeUp()
  }

  /** Resolves at the next ring, or at once if there was one since `heard`. */
  bell(heard) {
    if (this.rings !== heard || !this.open) return undefined
    return new Promise((resolve) => this.#sleepers.push(resolve))
  }

  wake(waitMs, then) {
    this.#cancel?.()
    if (!this.open) return
    this.#cancel = this.#clock.after(waitMs, () => {
      this.ring()
      then()
    })
  }

  close() {
    this.open = false
    this.#cancel?.()
    this.ring()
  }
}
