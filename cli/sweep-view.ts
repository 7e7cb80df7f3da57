import type { StopInterval } from '../analytics/stopping/stop-intervals.ts'
import type { NodePresence, RunningTrial } from '../coordinator/contract/fleet.ts'
import type { EarlyStop } from '../coordinator/contract/stopping.ts'
import { isDone, type SweepProgress, type SweepStatus } from '../coordinator/contract/sweep.ts'

/** How one contestant of a sweep is doing. */
export interface Standing {
  readonly contestant: string
  readonly simulated: boolean
  readonly planned: number
  /** Trials with a result, missing ones too. */
  readonly finished: number
  /** Trials with a score. */
  readonly valid: number
  readonly passed: number
  /** Mean over tasks of the mean partial credit so far, a fraction of 1; null before the first score. */
  readonly score: number | null
}

export interface PlacedTrial extends RunningTrial {
  readonly node: string
}

/** What is known of a sweep at one moment. */
export interface SweepView {
  readonly sweep: string
  readonly name: string
  readonly status: SweepStatus
  readonly planned: number
  readonly finished: number
  readonly standings: readonly Standing[]
  /** Oldest phase first. */
  readonly running: readonly PlacedTrial[]
  readonly nodes: number
  /** Its early stop, if it had one. */
  readonly stopped: EarlyStop | null
  /** What a sweep that may stop early compares; empty for others. */
  readonly stopping: readonly StopInterval[]
}

export interface SweepFacts {
  readonly name: string
  readonly progress: SweepProgress
  readonly standings: readonly Standing[]
  readonly fleet: readonly NodePresence[]
  readonly stopping?: readonly StopInterval[]
}

export function viewOf({ name, progress, standings, fleet, stopping = [] }: SweepFacts): SweepView {
  const { sweep, status, planned, stopped = null } = progress
  const running = fleet
    .flatMap(({ node, running }) => running.map((trial) => ({ ...trial, node })))
    .filter((trial) => trial.sweep === sweep)
    .sort((a, b) => Date.parse(a.since) - Date.parse(b.since))
  const finished = standings.reduce((sum, standing) => sum + standing.finished, 0)
  const nodes = fleet.length
  return { sweep, name, status, planned, finished, standings, running, nodes, stopped, stopping }
}

/** Nothing will change any more. */
export const isOver = ({ status }: Pick<SweepView, 'status'>): boolean =>
  isDone(status) || status === 'cancelled'
