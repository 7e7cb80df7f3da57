import { readStopIntervals } from '../analytics/stopping/stop-intervals.ts'
import type { SweepId } from '../core/ids.ts'
import type { Connections } from './connections.ts'
import type { SweepSources } from './observe-sweep.ts'
import { readStandings } from './read-standings.ts'
import { awaitEnd, readProgress } from './sweep-workflow.ts'

/** A sweep of the running stack, to be watched. */
export function sweepSources(farm: Connections, sweep: SweepId, name: string): SweepSources {
  return {
    name,
    progress: async () => readProgress(await farm.temporal(), sweep),
    standings: () => readStandings(farm.analyst, sweep),
    fleet: async () => (await farm.fleet()).nodes(),
    ended: async (signal) => awaitEnd(await farm.temporal(), sweep, signal),
    stopping: () => readStopIntervals(farm.store, sweep),
  }
}
