import {
  ActivityCancelledError,
  ActivityCompletionError,
  ActivityNotFoundError,
  type Client,
} from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { messageOf } from '../core/failure.ts'
import type { Log } from '../core/log.ts'
import type { JournalEntry } from './journal.ts'
import type { Node } from './node.ts'
import { HEARTBEAT_INTERVAL_MS, rememberIn, type UnderWay } from './under-way.ts'

export interface CarryOnOptions {
  readonly node: Node
  readonly client: Client
  readonly entry: JournalEntry
  /** Aborted when the node drains: the attempt is then handed back. */
  readonly draining: AbortSignal
}

/**
 * Goes on with an activity that an earlier process of this node took on: its token lets this one
 * heartbeat for it and answer it, as Temporal's asynchronous completion has it.
 *
 * @see https://docs.temporal.io/activity-execution#asynchronous-activity-completion
 */
export async function carryOn<Value>(
  { node, client, entry, draining }: CarryOnOptions,
  body: (activity: UnderWay) => Promise<Value>,
): Promise<void> {
  const { trial, attempt } = entry
  const log = node.log.child({ trial, attempt })
  const token = Buffer.from(entry.taskToken, 'base64')
  const ended = new AbortController()
  const beat = () => client.activity.heartbeat(token).catch((error) => end(error, ended, log))
  const timer = setInterval(() => void beat(), HEARTBEAT_INTERVAL_MS)
  const signal = AbortSignal.any([ended.signal, draining])
  try {
    await beat()
    signal.throwIfAborted()
    const value = await body({ signal, queueMs: 0, remember: rememberIn(node, entry) })
    const taken = await node.answers.complete(entry, value)
    if (!taken) node.discarded.add(trial, attempt)
  } catch (error) {
    await answer(error).catch((refusal: unknown) => {
      log.info({ reason: messageOf(refusal) }, 'the adopted attempt is answered for already')
    })
  } finally {
    clearInterval(timer)
    await node.journal.end(entry)
  }

  async function answer(error: unknown): Promise<void> {
    if (draining.aborted) return client.activity.fail(token, handedBack())
    if (ended.signal.aborted) return client.activity.reportCancellation(token)
    await node.answers.fail(entry, error)
  }
}

/** A server that is away for a while is no reason to end; one that has moved on is. */
function end(error: unknown, ended: AbortController, log: Log): void {
  if (error instanceof ActivityCancelledError || error instanceof ActivityNotFoundError) {
    ended.abort(error)
  } else if (error instanceof ActivityCompletionError) {
    log.warn({ reason: messageOf(error) }, 'a heartbeat of an adopted attempt failed')
  }
}

function handedBack(): ApplicationFailure {
  const message = 'The worker was told to stop and handed this back.'
  return ApplicationFailure.nonRetryable(message, 'node.restarted')
}
