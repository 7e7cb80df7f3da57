import { uniform } from '../../core/random.ts'

/** What a farm on one machine is made of; each can be killed. */
export const COMPONENTS = [
  'worker',
  'second-worker',
  'coordinator',
  'sink',
  'clickhouse',
  'nats',
  'temporal',
  'supervisor',
  'dockerd',
] as const
export type Component = (typeof COMPONENTS)[number]

export interface PlannedKill {
  readonly component: Component
  /** Milliseconds after the kill before. */
  readonly afterMs: number
  /** How long what nothing restarts by itself stays away. */
  readonly awayMs: number
}

const SHORTEST_MS = 3_000
const LONGEST_MS = 9_000
const LONGEST_AWAY_MS = 4_000

/**
 * Kills without end, the same for the same seed. Each component comes once before any comes again,
 * in another order every time, so that a run of any length hits them evenly.
 */
export function* killPlan(
  seed: number,
  components: readonly Component[] = COMPONENTS,
): Generator<PlannedKill> {
  for (let round = 0; ; round++) {
    const order = components
      .map((component) => ({ component, at: uniform('order', seed, round, component) }))
      .sort((left, right) => left.at - right.at)
    for (const { component } of order) {
      const pause = uniform('pause', seed, round, component)
      yield {
        component,
        afterMs: Math.round(SHORTEST_MS + pause * (LONGEST_MS - SHORTEST_MS)),
        awayMs: Math.round(uniform('away', seed, round, component) * LONGEST_AWAY_MS),
      }
    }
  }
}
