import type {
  AttemptUsage,
  KeptArtifacts,
  PersistResultInput,
} from '../../coordinator/contract/activities.ts'
import { NO_PHASES, type Outcome } from '../../coordinator/contract/outcome.ts'
import { countTrials, trialsBetween } from '../../coordinator/contract/plan.ts'
import {
  bareContestant,
  DEFAULT_LIMITS,
  type Manifest,
  type TaskRef,
  type Trial,
} from '../../coordinator/contract/sweep.ts'
import { digestOf, newSweepId } from '../../core/ids.ts'
import { uniform } from '../../core/random.ts'

const MINUTE_MS = 60_000

/** A plan of three contestants on `tasks` tasks with `seeds` seeds each. */
export function madeManifest({ tasks = 12, seeds = 3 } = {}): Manifest {
  return {
    sweep: newSweepId(),
    name: 'made',
    suite: { name: 'made', version: '1', digest: digestOf('suite') },
    blocks: [
      {
        contestants: [
          bareContestant('oracle'),
          { ...bareContestant('loop', { name: 'loop+fast' }), model: 'lab/fast' },
          bareContestant('sim/mid', { simulated: true }),
        ],
        tasks: Array.from({ length: tasks }, (_, index) => madeTask(index)),
        seeds: Array.from({ length: seeds }, (_, index) => index + 1),
      },
    ],
    limits: { ...DEFAULT_LIMITS, attempts: 2 },
  }
}

function madeTask(index: number): TaskRef {
  return {
    name: `task-${String(index).padStart(2, '0')}`,
    digest: digestOf('task', `${index}`),
    packageDigest: digestOf('package', `${index}`),
    resourceClass: 'small',
    category: index % 2 === 0 ? 'backend' : 'frontend',
    family: '',
    agentTimeoutMs: 10 * MINUTE_MS,
    verifierTimeoutMs: 5 * MINUTE_MS,
    buildTimeoutMs: 10 * MINUTE_MS,
  }
}

export const madeTrials = (manifest: Manifest): Trial[] =>
  trialsBetween(manifest, 0, countTrials(manifest))

/** How a made trial went, drawn by its identity: the oracle passes, one in 20 is missing. */
export function madeResult(trial: Trial, { events = 0 } = {}): PersistResultInput {
  const { contestant, task, seed, sweep } = trial
  const draw = (what: string) => uniform(what, contestant.name, task.name, seed)
  const pass = contestant.name === 'oracle' || draw('pass') < 0.45
  const outcome: Outcome = draw('missing') < 0.05 ? 'infra-failed' : 'scored'
  const missing = outcome !== 'scored'
  const startedAt = Date.UTC(2026, 0, 1) + Math.floor(draw('start') * 60 * MINUTE_MS)
  const iso = (ms: number) => new Date(ms).toISOString()
  const agentMs = Math.floor(5_000 + draw('agent') * 60_000)
  const scoreMicros = pass ? 1_000_000 : Math.floor(draw('score') * 600_000)
  return {
    trial,
    outcome,
    detail: missing ? 'node.lost: no sign of life' : '',
    attempt: missing ? 0 : 1,
    attempts: [
      {
        attempt: 1,
        node: `node-${seed % 2}`,
        end: missing ? 'node.lost' : 'complete',
        detail: '',
        events: missing ? 0 : events,
        phases: {
          ...NO_PHASES,
          queueMs: 500,
          bootMs: 200,
          setupMs: 100,
          agentMs,
          modelWaitMs: Math.floor(agentMs / 2),
          toolMs: Math.floor(agentMs / 4),
          gradeMs: 900,
        },
        resources: missing
          ? null
          : {
              cpuLimit: 1,
              memoryLimitBytes: 512 * 1024 ** 2,
              peakMemoryBytes: 128 * 1024 ** 2,
              cpuMs: 1_500,
              outOfMemory: false,
            },
        usage: missing || contestant.model === null ? null : madeUsage(draw('tokens')),
        artifacts: missing ? [] : madeArtifacts(trial),
        image: `sha256:${sweep}`,
        startedAt: missing ? '' : iso(startedAt),
        finishedAt: missing ? '' : iso(startedAt + agentMs + 1_200),
      },
    ],
    verdict: missing
      ? null
      : {
          scoreMicros,
          pass,
          rewards: { reward: scoreMicros / 1_000_000 },
          checks: [check('works', 60, pass), check('deploys', 30, draw('deploys') < 0.8)],
          warnings: [],
          graderVersion: '1',
          output: 'ok',
        },
    finishedAt: iso(startedAt + agentMs + 5_000),
  }
}

/** Of its agent and its verifier. */
function madeArtifacts({ trial }: Trial): KeptArtifacts[] {
  return ['agent', 'verifier'].map((from, index) => ({
    digest: digestOf(from, trial),
    files: index + 1,
    bytes: 1_000 * (index + 1),
  }))
}

/** Ten calls of a model, all of known cost. */
function madeUsage(share: number): AttemptUsage {
  const inputTokens = 10_000 + Math.floor(share * 90_000)
  return {
    calls: 10,
    inputTokens,
    cachedInputTokens: Math.floor(inputTokens / 2),
    outputTokens: 2_000,
    reasoningTokens: 500,
    costMicros: inputTokens * 3 + 2_000 * 15,
    modelMs: 20_000,
    waitedMs: 300,
  }
}

function check(id: string, points: number, pass: boolean) {
  return {
    id,
    dimension: id === 'works' ? ('correctness' as const) : ('deployment' as const),
    points,
    verdict: pass ? ('pass' as const) : ('fail' as const),
    evidence: `${id}: ${pass ? 'yes' : 'no'}`,
  }
}
