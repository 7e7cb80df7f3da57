export { exponential } from './backoff.js'
export { systemClock } from './clock.js'
export { MemoryStore } from './memory-store.js'
export { Pool } from './pool.js'
