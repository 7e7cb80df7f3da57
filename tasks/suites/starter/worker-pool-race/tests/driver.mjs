// Drives a pool through interleavings of our choosing and prints what could be seen from outside.
// Runs as `dev`, read from stdin; what should have been seen is not in here.
const { Pool } = await import('/app/src/index.js')

const unhandled = []
process.on('unhandledRejection', (error) => unhandled.push(String(error)))
process.on('uncaughtException', (error) => unhandled.push(String(error)))

async function settle() {
  for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

function manualClock() {
  let now = 1_000_000
  let timers = []
  return {
    now: () => now,
    pending: () => timers.length,
    after(ms, run) {
      const timer = { at: now + Math.max(0, ms), run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    async advance(ms) {
      const end = now + ms
      for (let fired = 0; fired < 2_000; fired += 1) {
        await settle()
        const next = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        timers = timers.filter((other) => other !== next)
        now = Math.max(now, next.at)
        next.run()
      }
      now = end
    },
  }
}

/** Reads answer what was true when they were asked; writes happen when they are let through. */
class SlowStore {
  jobs = new Map()
  lastId = 0
  buried = []
  misuse = []
  holding = new Set()
  waiting = []
  failing = new Map()
  held = new Map()
  mostHeld = new Map()
  claims = 0

  hold(...methods) {
    for (const method of methods) this.holding.add(method)
  }

  /** Lets the held call at an index through, and this only. */
  release(index = 0) {
    this.waiting.splice(index, 1)[0]?.go()
  }

  /** Lets everything through from now on. */
  letThrough() {
    this.holding.clear()
    while (this.waiting.length) this.release()
  }

  count(method) {
    return this.waiting.filter((call) => call.method === method).length
  }

  failNext(method, times = 1) {
    this.failing.set(method, times)
  }

  async #pass(method, work) {
    if (this.holding.has(method)) await new Promise((go) => this.waiting.push({ method, go }))
    const left = this.failing.get(method) ?? 0
    if (left > 0) {
      this.failing.set(method, left - 1)
      throw new Error(`${method}: connection lost`)
    }
    return work()
  }

  #open(job) {
    return job.owner === null
  }

  #grip(owner, change) {
    const held = (this.held.get(owner) ?? 0) + change
    this.held.set(owner, held)
    this.mostHeld.set(owner, Math.max(held, this.mostHeld.get(owner) ?? 0))
  }

  #own(id, owner, what) {
    const job = this.jobs.get(id)
    if (job?.owner === owner) return job
    this.misuse.push(`${what} of ${id} by ${owner}`)
    return null
  }

  add({ payload, priority = 0, runAt = 0 }) {
    return this.#pass('add', () => {
      const id = ++this.lastId
      this.jobs.set(id, { id, payload, priority, runAt, attempts: 0, owner: null })
      return id
    })
  }

  due(now, limit) {
    const seen = [...this.jobs.values()]
      .filter((job) => this.#open(job) && job.runAt <= now)
      .sort((a, b) => b.priority - a.priority || a.id - b.id)
      .slice(0, limit)
      .map(({ owner, ...job }) => job)
    return this.#pass('due', () => seen)
  }

  async claim(id, owner, attempts) {
    this.claims += 1
    this.#grip(owner, 1)
    try {
      const got = await this.#pass('claim', () => {
        const job = this.jobs.get(id)
        if (!job || !this.#open(job) || job.attempts !== attempts) return false
        job.owner = owner
        return true
      })
      if (!got) this.#grip(owner, -1)
      return got
    } catch (error) {
      this.#grip(owner, -1)
      throw error
    }
  }

  finish(id, owner) {
    return this.#pass('finish', () => {
      if (!this.#own(id, owner, 'finish')) return
      this.jobs.delete(id)
      this.#grip(owner, -1)
    })
  }

  retry(id, owner, { runAt, attempts }) {
    return this.#pass('retry', () => {
      const job = this.#own(id, owner, 'retry')
      if (!job) return
      Object.assign(job, { runAt, attempts, owner: null })
      this.#grip(owner, -1)
    })
  }

  bury(id, owner, message) {
    return this.#pass('bury', () => {
      if (!this.#own(id, owner, 'bury')) return
      this.jobs.delete(id)
      this.buried.push(message)
      this.#grip(owner, -1)
    })
  }

  nextRunAt() {
    const times = [...this.jobs.values()].filter((job) => this.#open(job)).map((job) => job.runAt)
    const next = times.length ? Math.min(...times) : null
    return this.#pass('nextRunAt', () => next)
  }

  open() {
    const size = this.jobs.size
    return this.#pass('open', () => size)
  }

  rows() {
    return [...this.jobs.values()].map(({ id, payload, owner, attempts, runAt }) => ({ id, payload, owner, attempts, runAt }))
  }
}

/** Handlers that stay open until told, and a record of who handled what and when. */
function workshop() {
  const clock = manualClock()
  const store = new SlowStore()
  const started = []
  const open = []
  const errors = []
  let most = 0
  const startedAt = clock.now()
  function pool(options = {}) {
    const { owner = 'one' } = options
    return new Pool({
      store,
      clock,
      owner,
      pollMs: 60_000,
      concurrency: 3,
      maxAttempts: 3,
      backoff: (attempt) => attempt * 1_000,
      onError: (error) => errors.push(String(error?.message ?? error)),
      handler(payload, { id, attempt }) {
        started.push([payload, attempt, clock.now() - startedAt])
        return new Promise((resolve, reject) => {
          open.push({ payload, attempt, resolve, reject })
          most = Math.max(most, open.length)
        })
      },
      ...options,
    })
  }
  return {
    clock, store, started, open, errors, pool,
    most: () => most,
    names: () => started.map(([payload]) => payload),
    async end(index = 0, failure) {
      const [job] = open.splice(index, 1)
      if (!job) return
      if (failure === undefined) job.resolve()
      else job.reject(failure)
      await settle()
    },
    async endAll() {
      while (open.length) await this.end()
    },
    /** Whether a promise has settled by now: 'open', 'done' or 'failed'. */
    watch(promise) {
      const seen = { state: 'open' }
      Promise.resolve(promise).then(() => { seen.state = 'done' }, () => { seen.state = 'failed' })
      return seen
    },
  }
}

function random(seed) {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 4_294_967_296) * below)
  }
}

const scenarios = {
  async basics() {
    const w = workshop()
    const pool = w.pool({ concurrency: 1, pollMs: 500 })
    await pool.add('a')
    await pool.add('b', { priority: 9 })
    await pool.add('c', { delayMs: 2_000 })
    pool.start()
    await settle()
    const running = pool.running
    await w.end()
    await w.clock.advance(500)
    await w.end(0, new Error('first'))
    await w.clock.advance(1_500)
    const order = w.started.map(([payload, attempt]) => [payload, attempt])
    for (let round = 0; round < 8; round += 1) {
      await w.end(0, w.open[0]?.payload === 'a' ? new Error('again') : undefined)
      await w.clock.advance(500)
      await w.clock.advance(2_500)
    }
    await pool.stop()
    return { running, order, buried: w.store.buried, open: w.store.jobs.size }
  },

  async looksOfOnePool() {
    const w = workshop()
    const pool = w.pool()
    w.store.hold('claim')
    pool.start()
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      await pool.add(name)
      await settle()
    }
    for (let step = 0; step < 60; step += 1) {
      w.store.release(w.store.waiting.length - 1)
      await settle()
      if (step % 4 === 3) await w.end()
    }
    w.store.letThrough()
    await settle()
    await w.endAll()
    return { names: w.names().sort(), misuse: w.store.misuse, open: w.store.jobs.size }
  },

  async poolsInEveryOrder() {
    const rounds = []
    for (const seed of [11, 202, 3_003, 40_004]) {
      const w = workshop()
      const pick = random(seed)
      const pools = ['one', 'two', 'three'].map((owner) => w.pool({ owner, concurrency: 2 }))
      w.store.hold('due', 'claim', 'finish', 'retry', 'nextRunAt', 'open')
      for (const pool of pools) pool.start()
      for (let n = 0; n < 9; n += 1) pools[n % 3].add(n)
      let polls = 0
      for (let step = 0; step < 900 && polls < 12; step += 1) {
        await settle()
        const choices = w.store.waiting.length + w.open.length
        if (choices === 0) {
          if (w.store.jobs.size === 0) break
          polls += 1
          await w.clock.advance(60_000)
          continue
        }
        const choice = pick(choices)
        if (choice < w.store.waiting.length) w.store.release(choice)
        else {
          const index = choice - w.store.waiting.length
          const job = w.open[index]
          await w.end(index, job.payload % 4 === 0 && job.attempt === 1 ? new Error('once') : undefined)
        }
      }
      rounds.push({
        handled: w.started.map(([payload, attempt]) => `${payload}.${attempt}`).sort(),
        misuse: w.store.misuse,
        open: w.store.jobs.size,
        most: Math.max(...w.store.mostHeld.values()),
      })
    }
    return rounds
  },

  async burst() {
    const w = workshop()
    const pool = w.pool()
    w.store.hold('claim')
    pool.start()
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => pool.add(name)))
    await settle()
    for (let step = 0; step < 20; step += 1) {
      w.store.release()
      await settle()
    }
    const before = { running: w.open.length, counted: pool.running }
    w.store.hold('finish')
    await w.end()
    for (let step = 0; step < 6; step += 1) {
      const claim = w.store.waiting.findIndex((call) => call.method !== 'finish')
      if (claim >= 0) w.store.release(claim)
      await settle()
    }
    const unrecorded = w.open.length
    w.store.letThrough()
    await settle()
    while (w.open.length) await w.end()
    return { before, unrecorded, most: w.most(), held: w.store.mostHeld.get('one'), handled: w.started.length }
  },

  async anyHandler() {
    const w = workshop()
    const attempts = []
    const pool = w.pool({
      concurrency: 1,
      maxAttempts: 2,
      handler(payload, { attempt }) {
        attempts.push(`${payload}.${attempt}`)
        if (payload === 'value') return 42
        if (payload === 'nothing') return undefined
        if (payload === 'throws') throw new Error('at once')
        if (payload === 'odd') return Promise.reject(undefined)
        if (payload === 'text') return Promise.reject('just text')
        return Promise.resolve()
      },
    })
    pool.start()
    for (const name of ['value', 'nothing', 'throws', 'odd', 'text', 'last']) {
      await pool.add(name)
      await settle()
    }
    const first = [...attempts]
    await w.clock.advance(200_000)
    return {
      first, all: [...attempts].sort(), open: w.store.jobs.size, running: pool.running,
      buried: w.store.buried.length, hasTexts: w.store.buried.includes('at once'),
    }
  },

  async lostConnections() {
    const seen = []
    for (const method of ['claim', 'due', 'nextRunAt']) {
      const w = workshop()
      const pool = w.pool({ concurrency: 1 })
      w.store.failNext(method)
      await pool.add('a')
      await pool.add('b')
      pool.start()
      await settle()
      await w.clock.advance(60_000)
      await w.endAll()
      await w.clock.advance(60_000)
      await w.endAll()
      seen.push({ method, names: w.names(), open: w.store.jobs.size, errors: w.errors })
    }
    const w = workshop()
    const pool = w.pool()
    pool.start()
    await pool.add('a')
    await settle()
    w.store.failNext('open')
    const drain = w.watch(pool.drain())
    await settle()
    await w.endAll()
    await w.clock.advance(60_000)
    seen.push({ method: 'open', names: w.names(), open: w.store.jobs.size, drain: drain.state, errors: w.errors })
    return seen
  },

  async addedDuringALook() {
    const seen = []
    for (const method of ['due', 'nextRunAt']) {
      const w = workshop()
      const pool = w.pool()
      w.store.hold(method)
      pool.start()
      await settle()
      await pool.add('a')
      await settle()
      w.store.letThrough()
      await settle()
      seen.push(w.started)
    }
    const w = workshop()
    const pool = w.pool({ concurrency: 1 })
    pool.start()
    await pool.add('a')
    await pool.add('b')
    await settle()
    w.store.hold('due', 'nextRunAt')
    await pool.add('c', { priority: 5 })
    await settle()
    await w.end()
    w.store.letThrough()
    await settle()
    await w.endAll()
    seen.push(w.started)
    const slow = workshop()
    const claiming = slow.pool()
    slow.store.hold('claim')
    claiming.start()
    for (const name of ['a', 'b', 'c']) {
      await claiming.add(name)
      await settle()
    }
    slow.store.letThrough()
    await settle()
    seen.push(slow.started)
    return seen
  },

  async timesToCome() {
    const w = workshop()
    const pool = w.pool()
    pool.start()
    await settle()
    await pool.add('late', { delayMs: 50_000 })
    await pool.add('soon', { delayMs: 5_000 })
    await w.clock.advance(5_000)
    await pool.add('fails')
    await settle()
    await w.end(w.open.findIndex((job) => job.payload === 'fails'), new Error('once'))
    await w.clock.advance(1_000)
    await w.clock.advance(44_000)
    await w.endAll()
    return w.started
  },

  async otherPools() {
    const w = workshop()
    const pool = w.pool()
    pool.start()
    await settle()
    await w.store.add({ payload: 'foreign', runAt: 0 })
    await w.clock.advance(60_000)
    const names = w.names()
    await w.endAll()
    return names
  },

  async drainOfEverything() {
    const w = workshop()
    const added = []
    const pool = w.pool({
      async handler(payload, { attempt }) {
        added.push(`${payload}.${attempt}`)
        if (payload === 'parent') await pool.add('child', { delayMs: 3_000 })
        if (payload === 'fails' && attempt === 1) throw new Error('once')
      },
    })
    pool.start()
    await settle()
    const idle = w.watch(pool.drain())
    await settle()
    const states = [idle.state]
    await pool.add('delayed', { delayMs: 10_000 })
    const drain = w.watch(pool.drain())
    await settle()
    states.push(drain.state)
    await pool.add('fails')
    await pool.add('parent')
    await settle()
    states.push(drain.state)
    await w.clock.advance(1_000)
    states.push(drain.state)
    await w.clock.advance(2_000)
    states.push(drain.state)
    await w.clock.advance(7_000)
    states.push(drain.state)
    return { states, added: added.sort() }
  },

  async drainAndTheRecord() {
    const w = workshop()
    const pool = w.pool()
    pool.start()
    await pool.add('a')
    await settle()
    w.store.hold('finish')
    const drain = w.watch(pool.drain())
    await w.end()
    const states = [drain.state]
    w.store.letThrough()
    await settle()
    states.push(drain.state)
    await w.store.add({ payload: 'foreign', runAt: 0 })
    await w.store.claim(w.store.lastId, 'other', 0)
    const shared = w.watch(pool.drain())
    await settle()
    states.push(shared.state)
    await w.store.finish(w.store.lastId, 'other')
    await w.clock.advance(60_000)
    states.push(shared.state)
    return states
  },

  async dueDuringALook() {
    const w = workshop()
    const pool = w.pool()
    pool.start()
    await settle()
    w.store.hold('due')
    await pool.add('a', { delayMs: 500 })
    await settle()
    await w.clock.advance(500)
    w.store.letThrough()
    await settle()
    await w.clock.advance(10)
    return w.names()
  },

  async drainAskedLate() {
    const w = workshop()
    const pool = w.pool()
    w.store.hold('open')
    const early = w.watch(pool.drain())
    await settle()
    await pool.add('a')
    const late = w.watch(pool.drain())
    await settle()
    w.store.release()
    await settle()
    const before = late.state
    w.store.letThrough()
    pool.start()
    await settle()
    await w.endAll()
    await settle()
    return [before, early.state, late.state]
  },

  async drainsOfMany() {
    const w = workshop()
    const pool = w.pool()
    pool.start()
    await pool.add('a')
    await pool.add('b')
    await settle()
    const drains = [w.watch(pool.drain())]
    await w.end()
    drains.push(w.watch(pool.drain()), w.watch(pool.drain()))
    await settle()
    const before = drains.map((drain) => drain.state)
    await w.end()
    await w.clock.advance(60_000)
    return { before, after: drains.map((drain) => drain.state) }
  },

  async stopDuringAClaim() {
    const w = workshop()
    const pool = w.pool()
    w.store.hold('claim')
    await pool.add('a', { delayMs: 500 })
    pool.start()
    await w.clock.advance(500)
    const asked = w.store.count('claim')
    const stops = [w.watch(pool.stop()), w.watch(pool.stop())]
    await settle()
    const before = stops.map((stop) => stop.state)
    w.store.letThrough()
    await settle()
    const rows = w.store.rows().map((row) => [row.payload, row.owner, row.attempts, row.runAt - w.clock.now()])
    const other = w.pool({ owner: 'other' })
    other.start()
    await settle()
    const names = w.names()
    await w.endAll()
    return { asked, before, after: stops.map((stop) => stop.state), rows, names }
  },

  async stopDuringALook() {
    const w = workshop()
    const pool = w.pool()
    await pool.add('a')
    w.store.hold('due', 'nextRunAt')
    pool.start()
    await settle()
    const stop = w.watch(pool.stop())
    w.store.letThrough()
    await settle()
    const early = w.clock.pending()
    await w.clock.advance(120_000)
    const seen = { early, stop: stop.state, names: w.names(), free: w.store.rows()[0]?.owner === null, claims: w.store.claims, timers: w.clock.pending() }
    pool.start()
    await settle()
    seen.again = w.names()
    await w.endAll()
    await pool.stop()
    return { ...seen, left: w.clock.pending() }
  },

  async stopAndTheRecord() {
    const w = workshop()
    const pool = w.pool()
    pool.start()
    await pool.add('a')
    await pool.add('b')
    await settle()
    w.store.hold('finish', 'retry')
    const stops = [w.watch(pool.stop())]
    await w.end()
    await w.end(0, new Error('once'))
    stops.push(w.watch(pool.stop()))
    await settle()
    const before = stops.map((stop) => stop.state)
    w.store.letThrough()
    await settle()
    await w.clock.advance(120_000)
    return {
      before, after: stops.map((stop) => stop.state), timers: w.clock.pending(), names: w.names(),
      rows: w.store.rows().map((row) => [row.payload, row.owner, row.attempts]),
    }
  },
}

const seen = {}
for (const [name, scenario] of Object.entries(scenarios)) {
  unhandled.length = 0
  try {
    seen[name] = { seen: await scenario() }
  } catch (error) {
    seen[name] = { error: String(error?.stack ?? error) }
  }
  await settle()
  seen[name].unhandled = [...unhandled]
}
process.stdout.write(`\n${JSON.stringify(seen)}\n`, () => process.exit(0))
