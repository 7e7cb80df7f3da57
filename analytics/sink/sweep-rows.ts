import type { RecordSweepInput } from '../../coordinator/contract/activities.ts'
import type { Contestant, Manifest, TaskRef } from '../../coordinator/contract/sweep.ts'
import { clickHouseTime } from '../clickhouse-time.ts'
import type { Row } from '../store.ts'
import { identityColumns } from './result-rows.ts'

/** The row of the table `sweeps`. */
export function sweepRow(input: RecordSweepInput, manifest: Manifest): Row {
  const { suite, limits, stop } = manifest
  const { stopped } = input
  return {
    sweep_id: input.sweep,
    version: input.version,
    name: manifest.name,
    suite: suite.name,
    suite_version: suite.version,
    suite_digest: suite.digest,
    manifest: input.manifest,
    status: input.status,
    planned: input.planned,
    attempts_limit: limits.attempts,
    timeout_multiplier: limits.timeoutMultiplier,
    budget_micros: limits.budgetMicros,
    replay_of: limits.replay?.of ?? '',
    stop_rule: stop === undefined ? '' : JSON.stringify(stop),
    stopped_round: stopped?.round ?? null,
    stop_reason: stopped?.reason ?? '',
    left_out: stopped?.leftOut ?? 0,
    started_at: clickHouseTime(input.startedAt),
    finished_at: input.finishedAt === '' ? null : clickHouseTime(input.finishedAt),
  }
}

/** Rows of the tables `tasks` and `cells`: what a plan asks for, run or not. */
export function planRows(
  { sweep, version }: Pick<RecordSweepInput, 'sweep' | 'version'>,
  manifest: Manifest,
): { tasks: Row[]; cells: Row[] } {
  const tasks = new Map<string, TaskRef>()
  const cells = new Map<string, { contestant: Contestant; task: TaskRef; seeds: Set<number> }>()
  for (const { contestants, tasks: blockTasks, seeds } of manifest.blocks) {
    for (const task of blockTasks) tasks.set(task.name, task)
    for (const contestant of contestants) {
      for (const task of blockTasks) {
        const key = JSON.stringify([contestant.name, task.name])
        const cell = cells.get(key) ?? { contestant, task, seeds: new Set() }
        for (const seed of seeds) cell.seeds.add(seed)
        cells.set(key, cell)
      }
    }
  }
  return {
    tasks: [...tasks.values()].map((task) => ({
      sweep_id: sweep,
      task: task.name,
      version,
      digest: task.digest,
      resource_class: task.resourceClass,
      category: task.category,
      family: task.family,
      agent_timeout_ms: task.agentTimeoutMs,
      verifier_timeout_ms: task.verifierTimeoutMs,
      build_timeout_ms: task.buildTimeoutMs,
    })),
    cells: [...cells.values()].map(({ contestant, task, seeds }) => ({
      sweep_id: sweep,
      contestant: contestant.name,
      task: task.name,
      version,
      agent: contestant.agent,
      ...identityColumns(contestant),
      planned: seeds.size,
    })),
  }
}
