import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import {
  addCounts,
  type BootstrapCounts,
  type BootstrapProblem,
  countResamples,
  emptyCounts,
} from './bootstrap.ts'

/** Changes whenever the same data and seed would give other numbers: part of every cache's key. */
export const METHOD_VERSION = 2

/** Multiplications that this thread does itself, in slices: less than a thread takes to start. */
const HERE = 2e7
/** Multiplications of one slice: a few milliseconds. */
const SLICE = 2e6

export interface BootstrapRun {
  /** B. */
  readonly resamples: number
  /** Threads, as many as the machine runs at once when absent; the result is the same. */
  readonly workers?: number
}

/**
 * Draws all resamples without holding this thread for more than a few milliseconds: small problems
 * in slices between which others have their turn, large ones in worker threads.
 *
 * @throws what a thread throws: a bug.
 */
export async function runBootstrap(
  problem: BootstrapProblem,
  { resamples, workers }: BootstrapRun,
): Promise<BootstrapCounts> {
  const { contestants, clusters } = problem
  const work = (clusters + (contestants * (contestants - 1)) / 2) * 4 + clusters * contestants
  if (workers === undefined && work * resamples <= HERE) {
    return inSlices(problem, { resamples, slice: Math.max(1, Math.floor(SLICE / work)) })
  }
  const threads = Math.max(1, Math.min(workers ?? availableParallelism(), resamples))
  const shared = sharedProblem(problem)
  const ranges = Array.from({ length: threads }, (_, at) => ({
    from: Math.floor((at * resamples) / threads),
    to: Math.floor(((at + 1) * resamples) / threads),
  }))
  const counts = await Promise.all(ranges.map((range) => inThread({ problem: shared, range })))
  return counts.reduce(addCounts)
}

async function inSlices(
  problem: BootstrapProblem,
  { resamples, slice }: { readonly resamples: number; readonly slice: number },
): Promise<BootstrapCounts> {
  let counts = emptyCounts(problem.contestants)
  for (let from = 0; from < resamples; from += slice) {
    const to = Math.min(resamples, from + slice)
    counts = addCounts(counts, countResamples(problem, { from, to }))
    await new Promise((turn) => setImmediate(turn))
  }
  return counts
}

/** What a thread is given. */
export interface ThreadWork {
  readonly problem: BootstrapProblem
  readonly range: { readonly from: number; readonly to: number }
}

function inThread(work: ThreadWork): Promise<BootstrapCounts> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./bootstrap-thread.ts', import.meta.url), {
      workerData: work,
      name: 'bootstrap',
    })
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`A bootstrap thread ended with ${code}.`)))
  })
}

/** The same problem in memory that threads read without copies. */
function sharedProblem(problem: BootstrapProblem): BootstrapProblem {
  const share = (values: Float64Array): Float64Array => {
    const shared = new Float64Array(new SharedArrayBuffer(values.byteLength))
    shared.set(values)
    return shared
  }
  return {
    ...problem,
    sums: share(problem.sums),
    sizes: share(problem.sizes),
    means: share(problem.means),
    errors: share(problem.errors),
    pairErrors: share(problem.pairErrors),
  }
}
