import type {
  AttemptRecord,
  AttemptUsage,
  PersistResultInput,
} from '../../coordinator/contract/activities.ts'
import { isScored, type PhaseTimes } from '../../coordinator/contract/outcome.ts'
import type { Contestant, Trial } from '../../coordinator/contract/sweep.ts'
import { clickHouseTime } from '../clickhouse-time.ts'
import type { Row } from '../store.ts'

/** All rows of one result. The same input gives the same rows. */
export interface ResultRows {
  readonly checks: readonly Row[]
  readonly attempts: readonly Row[]
  readonly results: readonly Row[]
}

/** @param trajectoryComplete every event of the attempt that counts is stored. */
export function resultRows(input: PersistResultInput, trajectoryComplete: boolean): ResultRows {
  const { trial, attempt, attempts, verdict, finishedAt } = input
  const key = { sweep_id: trial.sweep, trial_id: trial.trial }
  const version = Date.parse(finishedAt)
  const cell = { contestant: trial.contestant.name, task: trial.task.name, seed: trial.seed }
  return {
    checks: (verdict?.checks ?? []).map(({ id, ...check }) => ({
      ...key,
      attempt,
      check_id: id,
      version,
      ...cell,
      ...check,
      evidence: check.evidence.toWellFormed(),
    })),
    attempts: attempts.map((record) => ({
      ...key,
      version,
      ...cell,
      ...attemptColumns(record),
      ...usageColumns(record, trial.contestant),
      ...artifactColumns(record),
    })),
    results: [
      {
        ...key,
        version,
        ...trialColumns(trial),
        ...outcomeColumns(input),
        trajectory_complete: trajectoryComplete,
        finished_at: clickHouseTime(finishedAt),
      },
    ],
  }
}

/** What makes a contestant what it is, beside its agent. */
export function identityColumns({ model, simulated, ...contestant }: Contestant): Row {
  const { agentVersion, parameters } = contestant
  return {
    model: model ?? '',
    simulated,
    agent_version: agentVersion ?? '',
    parameters: Object.keys(parameters).length === 0 ? '' : JSON.stringify(parameters),
  }
}

/** What every row about a trial says of it. */
export function trialColumns({ contestant, task, seed }: Trial): Row {
  return {
    contestant: contestant.name,
    agent: contestant.agent,
    ...identityColumns(contestant),
    task: task.name,
    category: task.category,
    family: task.family,
    seed,
  }
}

function outcomeColumns(input: PersistResultInput): Row {
  const { trial, outcome, detail, attempt, attempts, verdict } = input
  const scored = isScored(outcome) && verdict !== null
  const counted = attempts.find((record) => record.attempt === attempt)
  return {
    outcome,
    detail: detail.toWellFormed(),
    attempt,
    attempts: attempts.length,
    scored,
    pass: scored ? verdict.pass : null,
    score_micros: scored ? verdict.scoreMicros : null,
    rewards: verdict?.rewards ?? {},
    warnings: verdict?.warnings.map((warning) => warning.toWellFormed()) ?? [],
    grader_version: verdict?.graderVersion ?? '',
    grader_output: verdict?.output.toWellFormed() ?? '',
    wall_ms: counted === undefined ? null : wallMs(counted.phases),
    events: counted?.events ?? 0,
    cost_micros: trial.contestant.model === null ? 0 : costOf(attempts),
  }
}

function attemptColumns(record: AttemptRecord): Row {
  const { phases, resources } = record
  return {
    attempt: record.attempt,
    node: record.node,
    end: record.end,
    detail: record.detail.toWellFormed(),
    image: record.image,
    events: record.events,
    queue_ms: Math.round(phases.queueMs),
    image_ms: Math.round(phases.imageMs),
    boot_ms: Math.round(phases.bootMs),
    setup_ms: Math.round(phases.setupMs),
    agent_ms: Math.round(phases.agentMs),
    model_wait_ms: Math.round(phases.modelWaitMs),
    tool_ms: Math.round(phases.toolMs),
    collect_ms: Math.round(phases.collectMs),
    grade_ms: Math.round(phases.gradeMs),
    teardown_ms: Math.round(phases.teardownMs),
    cpu_limit: resources?.cpuLimit ?? null,
    memory_limit_bytes: resources?.memoryLimitBytes ?? null,
    peak_memory_bytes: resources?.peakMemoryBytes ?? null,
    cpu_ms: resources === null ? null : Math.round(resources.cpuMs),
    out_of_memory: resources?.outOfMemory ?? null,
    started_at: record.startedAt === '' ? null : clickHouseTime(record.startedAt),
    finished_at: record.finishedAt === '' ? null : clickHouseTime(record.finishedAt),
  }
}

/** An agent without a model used nothing, which is known; what a lost attempt used is not. */
function usageColumns({ usage }: AttemptRecord, { model }: Contestant): Row {
  const used = model === null ? NO_USAGE : usage
  return {
    calls: used?.calls ?? null,
    input_tokens: used?.inputTokens ?? null,
    cached_input_tokens: used?.cachedInputTokens ?? null,
    output_tokens: used?.outputTokens ?? null,
    reasoning_tokens: used?.reasoningTokens ?? null,
    cost_micros: used?.costMicros ?? null,
    model_ms: used === null ? null : Math.round(used.modelMs),
    waited_ms: used === null ? null : Math.round(used.waitedMs),
  }
}

/** @param record of an earlier version has none. */
function artifactColumns({ artifacts = [] }: AttemptRecord): Row {
  return {
    artifacts: artifacts.map(({ digest }) => digest),
    artifact_files: artifacts.reduce((sum, { files }) => sum + files, 0),
    artifact_bytes: artifacts.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

const NO_USAGE: AttemptUsage = {
  calls: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  costMicros: 0,
  modelMs: 0,
  waitedMs: 0,
}

/** Null as soon as the cost of one attempt is unknown. */
function costOf(attempts: readonly AttemptRecord[]): number | null {
  let sum = 0
  for (const { usage } of attempts) {
    if (usage === null || usage.costMicros === null) return null
    sum += usage.costMicros
  }
  return sum
}

/** How long an attempt took once it had its place; the queue says more of the fleet than of it. */
function wallMs(phases: PhaseTimes): number {
  const { imageMs, bootMs, setupMs, agentMs, collectMs, gradeMs, teardownMs } = phases
  return Math.round(imageMs + bootMs + setupMs + agentMs + collectMs + gradeMs + teardownMs)
}
