import { z } from 'zod'
import type { AttemptUsage } from '../coordinator/contract/activities.ts'
import type { Check, Outcome, PhaseTimes, ResourceUse } from '../coordinator/contract/outcome.ts'
import { Failure } from '../core/failure.ts'
import {
  type Digest,
  isDigest,
  isSweepId,
  isTrialId,
  type SweepId,
  type TrialId,
} from '../core/ids.ts'
import { outcomeColumn, scoreColumn, secondsColumn, timeColumn } from './columns.ts'
import type { Store } from './store.ts'

/** All that is known of one trial but its events. */
export interface TrialDetail {
  readonly sweep: SweepId
  readonly trial: TrialId
  readonly index: number
  readonly contestant: string
  readonly agent: string
  /** Null for an agent that is part of this program. */
  readonly agentVersion: string | null
  readonly model: string | null
  readonly parameters: Readonly<Record<string, string | number>>
  readonly simulated: boolean
  readonly task: string
  readonly category: string
  readonly family: string
  readonly seed: number
  /** Null while the trial has none. */
  readonly result: TrialResult | null
  readonly attempts: readonly TrialAttempt[]
  readonly checks: readonly Check[]
}

export interface TrialResult {
  readonly outcome: Outcome
  readonly detail: string
  /** The attempt that counts; 0 when none did. */
  readonly attempt: number
  readonly pass: boolean | null
  /** Partial credit as a fraction of 1; null when missing. */
  readonly score: number | null
  readonly rewards: Readonly<Record<string, number>>
  readonly warnings: readonly string[]
  readonly graderVersion: string
  readonly graderOutput: string
  readonly wallSeconds: number | null
  readonly events: number
  readonly trajectoryComplete: boolean
  readonly finishedAt: string
}

export interface TrialAttempt {
  readonly attempt: number
  readonly node: string
  readonly end: string
  readonly detail: string
  readonly events: number
  readonly phases: PhaseTimes
  readonly resources: ResourceUse | null
  /** Null when it is not known. */
  readonly usage: AttemptUsage | null
  readonly artifacts: TrialArtifacts
  readonly startedAt: string | null
  readonly finishedAt: string | null
}

/** What is kept of an attempt; its files are in the packages, which the coordinator holds. */
export interface TrialArtifacts {
  readonly packages: readonly Digest[]
  readonly files: number
  readonly bytes: number
}

const number = z.coerce.number()

const nullWhenEmpty = z.string().transform((text) => (text === '' ? null : text))

const trialRow = z.object({
  sweep_id: z.string().refine(isSweepId),
  trial_id: z.string().refine(isTrialId),
  trial_index: number,
  contestant: z.string(),
  agent: z.string(),
  agent_version: nullWhenEmpty,
  model: nullWhenEmpty,
  parameters: z
    .string()
    .transform((text): unknown => JSON.parse(text === '' ? '{}' : text))
    .pipe(z.record(z.string(), z.union([z.string(), z.number()]))),
  simulated: z.boolean(),
  task: z.string(),
  category: z.string(),
  family: z.string(),
  seed: number,
})

const resultRow = z.object({
  outcome: outcomeColumn,
  detail: z.string(),
  attempt: number,
  pass: z.boolean().nullable(),
  score_micros: scoreColumn,
  rewards: z.record(z.string(), z.number()),
  warnings: z.array(z.string()),
  grader_version: z.string(),
  grader_output: z.string(),
  wall_ms: secondsColumn,
  events: number,
  trajectory_complete: z.boolean(),
  version: number,
  finished_at: timeColumn,
})

const attemptRow = z
  .object({
    attempt: number,
    node: z.string(),
    end: z.string(),
    detail: z.string(),
    events: number,
    queue_ms: number,
    image_ms: number,
    boot_ms: number,
    setup_ms: number,
    agent_ms: number,
    model_wait_ms: number,
    tool_ms: number,
    collect_ms: number,
    grade_ms: number,
    teardown_ms: number,
    cpu_limit: z.number().nullable(),
    memory_limit_bytes: number.nullable(),
    peak_memory_bytes: number.nullable(),
    cpu_ms: number.nullable(),
    out_of_memory: z.boolean().nullable(),
    calls: number.nullable(),
    input_tokens: number.nullable(),
    cached_input_tokens: number.nullable(),
    output_tokens: number.nullable(),
    reasoning_tokens: number.nullable(),
    cost_micros: number.nullable(),
    model_ms: number.nullable(),
    waited_ms: number.nullable(),
    artifacts: z.array(z.string().refine(isDigest)),
    artifact_files: number,
    artifact_bytes: number,
    started_at: timeColumn.nullable(),
    finished_at: timeColumn.nullable(),
  })
  .transform(
    (row): TrialAttempt => ({
      attempt: row.attempt,
      node: row.node,
      end: row.end,
      detail: row.detail,
      events: row.events,
      phases: {
        queueMs: row.queue_ms,
        imageMs: row.image_ms,
        bootMs: row.boot_ms,
        setupMs: row.setup_ms,
        agentMs: row.agent_ms,
        modelWaitMs: row.model_wait_ms,
        toolMs: row.tool_ms,
        collectMs: row.collect_ms,
        gradeMs: row.grade_ms,
        teardownMs: row.teardown_ms,
      },
      resources:
        row.cpu_limit === null
          ? null
          : {
              cpuLimit: row.cpu_limit,
              memoryLimitBytes: row.memory_limit_bytes ?? 0,
              peakMemoryBytes: row.peak_memory_bytes ?? 0,
              cpuMs: row.cpu_ms ?? 0,
              outOfMemory: row.out_of_memory ?? false,
            },
      usage:
        row.calls === null
          ? null
          : {
              calls: row.calls,
              inputTokens: row.input_tokens ?? 0,
              cachedInputTokens: row.cached_input_tokens ?? 0,
              outputTokens: row.output_tokens ?? 0,
              reasoningTokens: row.reasoning_tokens ?? 0,
              costMicros: row.cost_micros,
              modelMs: row.model_ms ?? 0,
              waitedMs: row.waited_ms ?? 0,
            },
      artifacts: {
        packages: row.artifacts,
        files: row.artifact_files,
        bytes: row.artifact_bytes,
      },
      startedAt: row.started_at,
      finishedAt: row.finished_at,
    }),
  )

const checkRow = z
  .object({
    check_id: z.string(),
    dimension: z.enum(['correctness', 'deployment', 'quality']),
    points: z.number(),
    verdict: z.enum(['pass', 'fail', 'ungraded']),
    evidence: z.string(),
  })
  .transform(({ check_id, ...check }): Check => ({ id: check_id, ...check }))

/** @throws Failure `trial.not-found`. */
export async function readTrial(store: Store, trial: TrialId): Promise<TrialDetail> {
  const [found] = await store.query('trial', trialRow, { trial })
  if (found === undefined) {
    throw new Failure('trial.not-found', `The database has no trial ${trial}.`, {
      facts: { trial },
    })
  }
  const { sweep_id: sweep, trial_id: _, trial_index: index, agent_version, ...rest } = found
  const plan = { ...rest, agentVersion: agent_version }
  const [[result], attempts] = await Promise.all([
    store.query('trial-result', resultRow, { sweep, trial }),
    store.query('trial-attempts', attemptRow, { sweep, trial }),
  ])
  if (result === undefined) {
    return { sweep, trial, index, ...plan, result: null, attempts, checks: [] }
  }
  const { attempt, version } = result
  const checks = await store.query('trial-checks', checkRow, { sweep, trial, attempt, version })
  return { sweep, trial, index, ...plan, result: resultOf(result), attempts, checks }
}

function resultOf(row: z.output<typeof resultRow>): TrialResult {
  return {
    outcome: row.outcome,
    detail: row.detail,
    attempt: row.attempt,
    pass: row.pass,
    score: row.score_micros,
    rewards: row.rewards,
    warnings: row.warnings,
    graderVersion: row.grader_version,
    graderOutput: row.grader_output,
    wallSeconds: row.wall_ms,
    events: row.events,
    trajectoryComplete: row.trajectory_complete,
    finishedAt: row.finished_at,
  }
}
