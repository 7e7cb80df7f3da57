import type { Client } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { messageOf } from '../core/failure.ts'
import type { Log } from '../core/log.ts'
import type { Journal, JournalEntry } from './journal.ts'
import { untilAnswered } from './until-answered.ts'

/** A node that starts waits no longer than this for a server that has just gone away. */
const PATIENCE_MS = 60_000

/**
 * Tells the coordinator at once what an earlier process of this node dropped when it died, so that
 * those trials start again now and not when their heartbeat times out. An activity that somebody
 * has answered for meanwhile refuses this, which is as it should be.
 *
 * @returns those that were handed back.
 */
export async function handBack(
  entries: readonly JournalEntry[],
  { journal, client, log }: { journal: Journal; client: Client; log: Log },
): Promise<JournalEntry[]> {
  const handedBack: JournalEntry[] = []
  for (const entry of entries) {
    const { trial, attempt, activity } = entry
    const failure = ApplicationFailure.nonRetryable(
      'The worker ended in the middle of this attempt; its next start handed it back.',
      'node.restarted',
    )
    try {
      const taken = await untilAnswered(
        () => client.activity.fail(Buffer.from(entry.taskToken, 'base64'), failure),
        PATIENCE_MS,
      )
      if (taken) {
        handedBack.push(entry)
        log.warn({ trial, attempt, activity }, 'handed back what an earlier process dropped')
      } else log.info({ trial, attempt, activity }, 'nothing to hand back')
    } catch (error) {
      log.info({ trial, attempt, activity, reason: messageOf(error) }, 'could not be handed back')
    }
    await journal.end(entry)
  }
  return handedBack
}
