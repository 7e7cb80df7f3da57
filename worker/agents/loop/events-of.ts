import type { NewEvent } from '../agent.ts'
import type { Conversation } from './conversation.ts'
import type { LogEntry } from './log-entry.ts'

/** What the trajectory holds of an entry; `after` is the conversation with it. */
export function eventsOf(entry: LogEntry, after: Conversation): NewEvent[] {
  switch (entry.type) {
    case 'began':
      return []
    case 'answered': {
      const text = entry.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('')
      if (text === '') return []
      const meta = { role: 'assistant', finish: entry.finish }
      return [{ kind: 'message', turn: entry.turn, body: text, meta }]
    }
    case 'call-started': {
      const { name, id, input } = callAt(after, entry)
      return [{ kind: 'tool-call', turn: entry.turn, tool: name, body: input, meta: { call: id } }]
    }
    case 'call-ended': {
      const { name, id } = callAt(after, entry)
      const meta = { ...entry.meta, call: id, failed: entry.failed }
      return [{ kind: 'tool-result', turn: entry.turn, tool: name, body: entry.text, meta }]
    }
    case 'told':
      return [{ kind: 'message', turn: entry.turn, body: entry.text, meta: { role: 'user' } }]
    case 'compacted': {
      const { turn, summary, keptFrom, tokensBefore } = entry
      const meta = { compacted: true, keptFrom, tokensBefore }
      return [{ kind: 'note', turn, body: summary, meta }]
    }
    case 'stopped':
      return entry.detail === '' ? [] : [{ kind: 'note', turn: entry.turn, body: entry.detail }]
  }
}

/**
 * What the process before may have written to its log and not yet to the trajectory: everything
 * since the last answer. All before it was made durable with the call of the model that gave it.
 */
export function unsureEvents(log: readonly LogEntry[], after: Conversation): NewEvent[] {
  const from = log.findLastIndex(({ type }) => type === 'answered')
  return log
    .slice(Math.max(from, 0))
    .flatMap((entry) => eventsOf(entry, after))
    .map((event) => ({ ...event, meta: { ...event.meta, again: true } }))
}

function callAt(
  { turns }: Conversation,
  at: { readonly turn: number; readonly call: number },
): { readonly name: string; readonly id: string; readonly input: string } {
  const call = turns.findLast(({ turn }) => turn === at.turn)?.calls[at.call]?.call
  return call ?? { name: '', id: '', input: '' }
}
