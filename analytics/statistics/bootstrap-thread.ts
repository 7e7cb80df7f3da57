import { parentPort, workerData } from 'node:worker_threads'
import { countResamples } from './bootstrap.ts'
import type { ThreadWork } from './run-bootstrap.ts'

/** A thread that draws one range of resamples, says what they came to, and ends. */
const { problem, range } = workerData as ThreadWork
parentPort?.postMessage(countResamples(problem, range))
