import { CompleteAsyncError, Context } from '@temporalio/activity'
import type { Trial } from '../coordinator/contract/sweep.ts'
import { Failure } from '../core/failure.ts'
import type { JournalEntry } from './journal.ts'
import type { Node } from './node.ts'

export const HEARTBEAT_INTERVAL_MS = 5_000

/** What an activity body gets to know of its being an activity. */
export interface UnderWay {
  /** Aborted when the trial is cancelled, the node drains, or the server knows it no more. */
  readonly signal: AbortSignal
  /** Milliseconds that the activity waited for a worker. */
  readonly queueMs: number
  /** Leaves word for the process that comes after this one, should this one die; null takes it back. */
  remember(resume: unknown): Promise<void>
}

/**
 * Surrounds the body of a long activity: heartbeats from a timer for the whole of it, an entry in
 * the journal, and the node's presence. A drain hands the attempt back instead of cancelling it; of
 * one that is cancelled, or that nobody waits for, no snapshot stays.
 *
 * @throws CompleteAsyncError when it has ended, well or not: the server has been told.
 */
export async function underWay(
  node: Node,
  { trial, attempt }: { readonly trial: Trial; readonly attempt: number },
  body: (activity: UnderWay) => Promise<unknown>,
): Promise<never> {
  const context = Context.current()
  const { info, cancellationSignal } = context
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_INTERVAL_MS)
  const taskToken = Buffer.from(info.taskToken).toString('base64')
  const entry = { trial: trial.trial, attempt, activity: info.activityType, taskToken }
  await node.journal.begin(entry)
  try {
    const queueMs = Math.max(0, Date.now() - info.currentAttemptScheduledTimestampMs)
    const remember = rememberIn(node, entry)
    await body({ signal: cancellationSignal, queueMs, remember }).then(
      async (value) => {
        const taken = await node.answers.complete(entry, value)
        if (!taken) node.discarded.add(trial.trial, attempt)
      },
      async (error: unknown) => {
        if (isDrain(context)) throw handedBack(error)
        if (cancellationSignal.aborted) node.discarded.add(trial.trial, attempt)
        cancellationSignal.throwIfAborted()
        await node.answers.fail(entry, error)
      },
    )
  } finally {
    clearInterval(timer)
    node.presence.leave(trial, attempt)
    await node.journal.end(entry)
  }
  throw new CompleteAsyncError()
}

export const rememberIn =
  ({ journal }: Pick<Node, 'journal'>, { resume: _, ...entry }: JournalEntry) =>
  (resume: unknown): Promise<void> =>
    journal.begin(resume === null ? entry : { ...entry, resume })

function isDrain(context: Context): boolean {
  return context.cancellationSignal.aborted && context.cancellationDetails?.workerShutdown === true
}

function handedBack(cause: unknown): Failure {
  return new Failure('node.restarted', 'The worker was told to stop and handed this back.', {
    cause,
  })
}
