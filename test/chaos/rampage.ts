import { setTimeout as sleep } from 'node:timers/promises'
import { untilEnded } from '../support/until-ended.ts'
import type { ChaosFarm } from './chaos-farm.ts'
import type { Component, PlannedKill } from './kill-plan.ts'

export interface Rampage {
  readonly kills: Readonly<Partial<Record<Component, number>>>
  readonly seconds: number
}

export interface RampageOptions {
  readonly kills: Iterable<PlannedKill>
  /** All of it, the sweep's end included. */
  readonly timeoutMs: number
  readonly say: (line: string) => void
}

/**
 * Kills on until the sweep has ended.
 *
 * @throws Error when it has not within its time, or when a part does not come back.
 */
export async function rampage(
  chaos: ChaosFarm,
  sweep: string,
  { kills, timeoutMs, say }: RampageOptions,
): Promise<Rampage> {
  const from = performance.now()
  const seconds = () => (performance.now() - from) / 1_000
  const count: Partial<Record<Component, number>> = {}
  const over = new AbortController()
  const ended = untilEnded(chaos.farm, sweep, timeoutMs).finally(() => over.abort())
  const killing = (async () => {
    for (const kill of kills) {
      await sleep(kill.afterMs, undefined, { signal: over.signal }).catch(() => undefined)
      if (over.signal.aborted) return
      const killed = await chaos.kill(kill)
      if (killed) count[kill.component] = (count[kill.component] ?? 0) + 1
      const done = await chaos.farm.results(sweep).catch(() => null)
      const what = killed ? `killed ${kill.component}` : `${kill.component} was away`
      say(`${seconds().toFixed(0).padStart(4)} s  ${what.padEnd(24)} ${done ?? '?'} results`)
    }
  })()
  await Promise.all([ended, killing])
  return { kills: count, seconds: seconds() }
}
