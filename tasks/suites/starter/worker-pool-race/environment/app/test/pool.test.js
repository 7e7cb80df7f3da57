import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exponential, MemoryStore, Pool } from '../src/index.js'
import { manualClock, settle } from './manual-clock.js'

test('jobs run by priority, then by age', async () => {
  const clock = manualClock()
  const order = []
  const pool = new Pool({ store: new MemoryStore(), clock, concurrency: 1, handler: async (name) => order.push(name) })
  await pool.add('old')
  await pool.add('urgent', { priority: 5 })
  await pool.add('young')
  pool.start()
  await clock.advance(5_000)
  assert.deepEqual(order, ['urgent', 'old', 'young'])
  await pool.stop()
})

test('a delayed job waits for its time', async () => {
  const clock = manualClock()
  const times = []
  const pool = new Pool({ store: new MemoryStore(), clock, handler: async () => times.push(clock.now()) })
  await pool.add('later', { delayMs: 700 })
  pool.start()
  await clock.advance(699)
  assert.deepEqual(times, [])
  await clock.advance(1)
  assert.deepEqual(times, [700])
  await pool.stop()
})

test('a failing job is tried again and buried in the end', async () => {
  const clock = manualClock()
  const store = new MemoryStore()
  const attempts = []
  const pool = new Pool({
    store,
    clock,
    maxAttempts: 3,
    backoff: exponential(100),
    async handler(payload, { attempt }) {
      attempts.push(attempt)
      throw new Error('no luck')
    },
  })
  await pool.add('cursed')
  pool.start()
  await clock.advance(10_000)
  assert.deepEqual(attempts, [1, 2, 3])
  assert.deepEqual(store.buried, [{ id: 1, message: 'no luck' }])
  await pool.stop()
})

test('stop waits for what is running', async () => {
  const store = new MemoryStore()
  let release
  const pool = new Pool({ store, clock: manualClock(), handler: () => new Promise((resolve) => { release = resolve }) })
  await pool.add('slow')
  pool.start()
  await settle()
  let stopped = false
  const stopping = pool.stop().then(() => { stopped = true })
  await settle()
  assert.equal(stopped, false)
  release()
  await stopping
  assert.equal(pool.running, 0)
})
