import {
  ActivityFailure,
  CancellationScope,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  proxyActivities,
  setHandler,
  sleep,
  TimeoutFailure,
} from '@temporalio/workflow'
import type { AttemptRecord, PersistResultInput, SinkActivities } from '../contract/activities.ts'
import { type NodeLost, SHARD_SIGNALS, TRIAL_SIGNALS } from '../contract/messages.ts'
import { NO_PHASES, type Outcome, type Verdict } from '../contract/outcome.ts'
import { SINK_QUEUE } from '../contract/queues.ts'
import type { TrialInput, TrialOutput } from '../contract/sweep.ts'
import { type AttemptEnd, executeAttempt } from './attempt.ts'
import { type AttemptFailure, afterFailedAttempt } from './next-step.ts'

export const nodeLostSignal = defineSignal<[NodeLost]>(TRIAL_SIGNALS.nodeLost)
const waitsForStorage = defineSignal(SHARD_SIGNALS.trialWaitsForStorage)

/** A result that waits longer than this for storage makes room for the next trial. */
const STORAGE_PATIENCE_MS = 30_000

type Storage = Pick<SinkActivities, 'persistResult'>
const STORAGE = {
  taskQueue: SINK_QUEUE,
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
} as const
const { persistResult } = proxyActivities<Storage>(STORAGE)
const { persistResult: persistSoon } = proxyActivities<Storage>({
  ...STORAGE,
  scheduleToCloseTimeout: STORAGE_PATIENCE_MS,
})

/** One contestant x task x seed: attempts until one counts, then exactly one result. */
export async function trial(input: TrialInput): Promise<TrialOutput> {
  const tidying: Promise<void>[] = []
  const result = await settle(input, tidying)
  const { outcome } = result
  await CancellationScope.nonCancellable(() => store(input, result))
  await CancellationScope.nonCancellable(() => Promise.all(tidying))
  return { outcome }
}

type Settled = Omit<PersistResultInput, 'trial' | 'finishedAt'>

async function settle(
  { trial: planned, limits, revision = 1 }: TrialInput,
  tidying: Promise<void>[],
): Promise<Settled> {
  const lostAttempts = new Set<number>()
  setHandler(nodeLostSignal, ({ attempt }) => void lostAttempts.add(attempt))
  const attempts: AttemptRecord[] = []
  const failures: AttemptFailure[] = []
  for (let attempt = 1; ; attempt++) {
    const end = await endOf(() =>
      executeAttempt({ planned, limits, attempt, revision, lostAttempts, tidying }),
    )
    attempts.push(recordOf(end, attempt))
    if (end.end === 'graded') {
      const { agentOutcome: outcome, detail } = end.run
      return { outcome, detail, attempts, attempt, verdict: end.verdict }
    }
    if (end.end !== 'failed') return missing(end.end, end.failure.message, attempts, attempt)
    failures.push(end.failure)
    const next = afterFailedAttempt(failures, limits)
    if (next.step === 'give-up') {
      return missing('infra-failed', `${end.failure.code}: ${end.failure.message}`, attempts, 0)
    }
    const waited = await sleep(next.delayMs).then(
      () => true,
      () => false,
    )
    if (!waited) return missing('cancelled', 'cancelled between attempts', attempts, 0)
  }
}

async function endOf(run: () => Promise<AttemptEnd>): Promise<AttemptEnd> {
  try {
    return await run()
  } catch (error) {
    if (!isCancellation(error)) throw error
    return { end: 'cancelled', failure: { code: 'cancelled', message: '' }, run: null }
  }
}

function missing(
  outcome: Outcome,
  detail: string,
  attempts: AttemptRecord[],
  attempt: number,
): Settled & { verdict: Verdict | null } {
  const counts = outcome === 'ungraded' ? attempt : 0
  return { outcome, detail: detail.slice(0, 500), attempts, attempt: counts, verdict: null }
}

function recordOf(end: AttemptEnd, attempt: number): AttemptRecord {
  const { run } = end
  const failure = end.end === 'graded' ? null : end.failure
  const ofVerifier = end.end === 'graded' ? end.artifacts : end.failure.artifacts
  return {
    attempt,
    node: run?.node ?? '',
    end: failure === null ? 'complete' : failure.code,
    detail: failure?.message ?? run?.detail ?? '',
    events: run?.events ?? 0,
    phases: {
      ...(run?.phases ?? NO_PHASES),
      gradeMs: end.end === 'graded' ? end.gradeMs : 0,
    },
    resources: run?.resources ?? null,
    usage: run?.usage ?? null,
    artifacts: [run?.artifacts, ofVerifier].filter((kept) => kept !== undefined),
    image: run?.snapshot.baseImage ?? '',
    startedAt: run?.startedAt ?? '',
    finishedAt: run?.finishedAt ?? '',
  }
}

/** Storing twice what is stored already changes nothing, so the impatient call may be given up. */
async function store(
  { trial: planned, shard, revision = 1 }: TrialInput,
  settled: Settled,
): Promise<void> {
  const result = { ...settled, trial: planned, finishedAt: new Date().toISOString() }
  if (revision < 3) return storeBesideTimer(result, shard)
  try {
    await persistSoon(result)
  } catch (error) {
    if (!isLate(error)) throw error
    await tellShard(shard)
    await persistResult(result)
  }
}

/** Its time is over, or the next of its tries would come too late. */
function isLate(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false
  return error.cause instanceof TimeoutFailure || error.retryState === 'TIMEOUT'
}

/** A timer is a tenth of a trial's history, and seldom rings. */
async function storeBesideTimer(result: PersistResultInput, shard: string): Promise<void> {
  const stored = persistResult(result)
  const patience = new CancellationScope()
  const late = patience
    .run(() => sleep(STORAGE_PATIENCE_MS))
    .then(
      () => true,
      () => false,
    )
  const isOver = await Promise.race([stored.then(() => false), late])
  patience.cancel()
  if (isOver) await tellShard(shard)
  await stored
}

async function tellShard(shard: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(shard).signal(waitsForStorage)
  } catch {
    // A shard that has ended needs no more room.
  }
}
