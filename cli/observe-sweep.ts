import { setTimeout as sleep } from 'node:timers/promises'
import type { StopInterval } from '../analytics/stopping/stop-intervals.ts'
import type { NodePresence } from '../coordinator/contract/fleet.ts'
import type { SweepProgress } from '../coordinator/contract/sweep.ts'
import { Failure } from '../core/failure.ts'
import { isOver, type Standing, type SweepView, viewOf } from './sweep-view.ts'

/** Where the three views of a sweep come from. */
export interface SweepSources {
  readonly name: string
  readonly progress: () => Promise<SweepProgress>
  readonly standings: () => Promise<readonly Standing[]>
  readonly fleet: () => Promise<readonly NodePresence[]>
  /** Resolves when the sweep is over, so that nobody waits for the next look; may fail. */
  readonly ended: (signal: AbortSignal) => Promise<void>
  /** Asked of a sweep that may stop early. */
  readonly stopping: () => Promise<readonly StopInterval[]>
}

/** What was seen, or that a source was lost or came back. */
export type Observation = { readonly view: SweepView } | { readonly note: string }

export interface ObserveOptions {
  readonly intervalMs: number
  /** Ends the observation. */
  readonly signal: AbortSignal
}

/**
 * Looks at a sweep again and again, until it is over or the signal aborts. A source that does not
 * answer is noted once and asked again; what it said last is shown meanwhile.
 *
 * @throws Failure what asking again cannot mend, for example `sweep.unfinished`.
 */
export async function* observeSweep(
  sources: SweepSources,
  { intervalMs, signal }: ObserveOptions,
): AsyncGenerator<Observation> {
  const progress = new Source('Temporal', sources.progress)
  const standings = new Source('the database', sources.standings)
  const fleet = new Source('NATS', sources.fleet)
  const stopping = new Source('the database', sources.stopping)
  using end = endOf(sources)
  while (!signal.aborted) {
    await Promise.all([progress.ask(), fleet.ask()])
    // Asked last: once the sweep says that it is over, all of its results are in.
    const stored = progress.value?.roundSize === undefined ? [standings] : [standings, stopping]
    await Promise.all(stored.map((source) => source.ask()))
    for (const note of [progress, standings, fleet].flatMap((source) => source.news()))
      yield { note }
    if (progress.value !== undefined) {
      const view = viewOf({
        name: sources.name,
        progress: progress.value,
        standings: standings.value ?? [],
        fleet: fleet.value ?? [],
        stopping: stopping.value ?? [],
      })
      yield { view }
      if (isOver(view) && stored.every(({ fresh }) => fresh)) return
    }
    const either = AbortSignal.any([signal, end.next()])
    await sleep(intervalMs, undefined, { signal: either }).catch(() => undefined)
  }
}

interface SweepEnd extends Disposable {
  /** Aborted when the sweep is over, for the first rest that this ends. */
  next(): AbortSignal
}

function endOf({ ended }: Pick<SweepSources, 'ended'>): SweepEnd {
  const watch = new AbortController()
  const over = new AbortController()
  ended(watch.signal).then(
    () => over.abort(),
    () => undefined,
  )
  let told = false
  return {
    next() {
      if (told) return watch.signal
      told = over.signal.aborted
      return over.signal
    },
    [Symbol.dispose]: () => watch.abort(),
  }
}

class Source<Value> {
  value: Value | undefined
  /** The last question was answered. */
  fresh = false
  readonly #name: string
  readonly #read: () => Promise<Value>
  #lost = false
  #news: string[] = []

  constructor(name: string, read: () => Promise<Value>) {
    this.#name = name
    this.#read = read
  }

  async ask(): Promise<void> {
    try {
      this.value = await this.#read()
      this.fresh = true
      if (this.#lost) this.#news.push(`${this.#name} answers again`)
      this.#lost = false
    } catch (error) {
      if (!(error instanceof Failure && error.retry)) throw error
      this.fresh = false
      if (!this.#lost) this.#news.push(`${error.message} Trying again.`)
      this.#lost = true
    }
  }

  news(): string[] {
    return this.#news.splice(0)
  }
}
