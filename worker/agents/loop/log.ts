import type { Checkpoint } from '../agent.ts'
import { type Conversation, conversationOf, extend } from './conversation.ts'
import type { Emit } from './event-stream.ts'
import { eventsOf, unsureEvents } from './events-of.ts'
import { type LogEntry, parseLog } from './log-entry.ts'

/** What happened, durably; the conversation and the trajectory follow from it. */
export interface Log {
  readonly conversation: Conversation
  /** Resolves when the entry is durable; then its events have been emitted. */
  write(entry: LogEntry): Promise<void>
}

/**
 * The log of this attempt, with what an earlier process wrote; of that, what may be missing from
 * the trajectory is emitted again and marked so.
 *
 * @throws Failure `input.invalid` when another version wrote it.
 */
export async function openLog(checkpoint: Checkpoint, emit: Emit): Promise<Log> {
  const earlier = parseLog(await checkpoint.entries())
  let conversation = conversationOf(earlier)
  let written: Promise<void> = Promise.resolve()
  if (earlier.length > 0) {
    const turn = conversation.turnCount
    emit({ kind: 'note', turn, body: 'goes on in a new process', meta: { resumed: true } })
    emit(...unsureEvents(earlier, conversation))
  }
  const append = async (entry: LogEntry) => {
    await checkpoint.save(entry)
    conversation = extend(conversation, entry)
    emit(...eventsOf(entry, conversation))
  }
  return {
    get conversation() {
      return conversation
    },
    write(entry) {
      written = written.then(() => append(entry))
      return written
    },
  }
}
