#!/usr/bin/env node
// Two pools on one store share twenty jobs, of which every seventh fails at first.
import { exponential, MemoryStore, Pool } from '../src/index.js'

const store = new MemoryStore()
const pools = ['left', 'right'].map(
  (owner) =>
    new Pool({
      store,
      owner,
      concurrency: 3,
      pollMs: 50,
      backoff: exponential(20),
      async handler({ number }, { attempt }) {
        await new Promise((resolve) => setTimeout(resolve, 10 + (number % 4) * 5))
        if (number % 7 === 0 && attempt === 1) throw new Error('seven')
        process.stdout.write(`${owner} handled ${number} in attempt ${attempt}\n`)
      },
    }),
)

for (const pool of pools) pool.start()
for (let number = 1; number <= 20; number += 1) await pools[0].add({ number }, { priority: number % 3 })
await Promise.all(pools.map((pool) => pool.drain()))
await Promise.all(pools.map((pool) => pool.stop()))
