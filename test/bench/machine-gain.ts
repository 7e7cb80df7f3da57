import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const TURNS = 150_000_000
/** Arithmetic that no compiler leaves out, touches no memory, and shares nothing. */
const LOOP = `
  const { parentPort, workerData } = require('node:worker_threads')
  parentPort.once('message', () => {
    let value = 1
    for (let turn = 0; turn < workerData; turn++) value = (Math.imul(value, 1664525) + turn) | 0
    parentPort.postMessage(value)
  })`

/**
 * How much sooner this machine does work that can be parted without any loss, with two threads in
 * place of one: 2 where each has a core of its own, less where they share one or the machine is busy.
 */
export async function machineGain(rounds: number): Promise<number> {
  const times = { one: Number.POSITIVE_INFINITY, two: Number.POSITIVE_INFINITY }
  for (let round = 0; round < rounds; round++) {
    times.one = Math.min(times.one, await loopMs(1))
    times.two = Math.min(times.two, await loopMs(2))
  }
  return times.one / times.two
}

/** Without the start of the threads. */
async function loopMs(threads: number): Promise<number> {
  const workers = Array.from(
    { length: threads },
    () => new Worker(LOOP, { eval: true, workerData: TURNS / threads }),
  )
  await Promise.all(workers.map((worker) => once(worker, 'online')))
  const startedAt = performance.now()
  const answers = workers.map((worker) => once(worker, 'message'))
  for (const worker of workers) worker.postMessage('go')
  await Promise.all(answers)
  const ms = performance.now() - startedAt
  await Promise.all(workers.map((worker) => worker.terminate()))
  return ms
}
