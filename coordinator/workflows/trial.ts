import {
  CancellationScope,
  defineSignal,
  isCancellation,
  setHandler,
  sleep,
} from '@temporalio/workflow'
import type { AttemptRecord, PersistResultInput } from '../contract/activities.ts'
import { type NodeLost, TRIAL_SIGNALS } from '../contract/messages.ts'
import { NO_PHASES, type Outcome, type Verdict } from '../contract/outcome.ts'
import type { TrialInput } from '../contract/sweep.ts'
import type { TrialOutput } from '../contract/trial-output.ts'
import { type AttemptEnd, executeAttempt } from './attempt.ts'
import { type AttemptFailure, afterFailedAttempt } from './next-step.ts'
import { storeByTrial } from './store-by-trial.ts'

export const nodeLostSignal = defineSignal<[NodeLost]>(TRIAL_SIGNALS.nodeLost)

/** One contestant x task x seed: attempts until one counts, then exactly one result, for its shard. */
export async function trial(input: TrialInput): Promise<TrialOutput> {
  const tidying: Promise<void>[] = []
  const settled = await settle(input, tidying)
  const { outcome } = settled
  const result = { ...settled, finishedAt: new Date().toISOString() }
  const { trial: planned, revision = 1 } = input
  const storesItself = revision < 4
  await CancellationScope.nonCancellable(async () => {
    if (storesItself) await storeByTrial(input, { ...result, trial: planned })
    await Promise.all(tidying)
  })
  return storesItself ? { outcome } : { outcome, result }
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
