import type { AgentEnd } from '../agent.ts'
import type { AnswerPart, CallPart, LogEntry } from './log-entry.ts'
import type { NewShell } from './shell.ts'
import { estimateTokens } from './tokens.ts'

export interface CallState {
  /** Place among the calls of its turn. */
  readonly index: number
  readonly call: CallPart
  readonly status: 'waiting' | 'running' | 'ended'
  /** Empty until it ended. */
  readonly result: string
  readonly failed: boolean
}

export interface Turn {
  readonly turn: number
  readonly parts: readonly AnswerPart[]
  /** The model's reason for ending its answer, in the AI SDK's words. */
  readonly finish: string
  readonly calls: readonly CallState[]
  readonly told: readonly string[]
}

/** What the log adds up to. */
export interface Conversation {
  /** Null before anything happened. */
  readonly shell: NewShell | null
  /** Of the turns that are gone; null while all are there. */
  readonly summary: string | null
  /** Those that the model still sees word for word. */
  readonly turns: readonly Turn[]
  /** All that there were, compacted ones included. */
  readonly turnCount: number
  /** The turn in which it was compacted last; 0 for never. */
  readonly compactedAt: number
  /** Tokens of the last prompt with its answer, as the provider counted them; null when unknown. */
  readonly measuredTokens: number | null
  readonly stopped: AgentEnd | null
}

export const EMPTY_CONVERSATION: Conversation = {
  shell: null,
  summary: null,
  turns: [],
  turnCount: 0,
  compactedAt: 0,
  measuredTokens: null,
  stopped: null,
}

export function conversationOf(log: readonly LogEntry[]): Conversation {
  return log.reduce(extend, EMPTY_CONVERSATION)
}

export function extend(before: Conversation, entry: LogEntry): Conversation {
  switch (entry.type) {
    case 'began':
      return { ...before, shell: { folder: entry.shellFolder, machine: entry.machine } }
    case 'answered':
      return {
        ...before,
        turns: [...before.turns, newTurn(entry)],
        turnCount: entry.turn,
        measuredTokens:
          entry.inputTokens === null
            ? null
            : entry.inputTokens + (entry.outputTokens ?? tokensOfParts(entry.parts)),
      }
    case 'call-started':
      return changeCall(before, entry, { status: 'running' })
    case 'call-ended': {
      const { text, failed } = entry
      return changeCall(before, entry, { status: 'ended', result: text, failed })
    }
    case 'told':
      return changeTurn(before, entry.turn, (turn) => ({ told: [...turn.told, entry.text] }))
    case 'compacted':
      return {
        ...before,
        summary: entry.summary,
        turns: before.turns.filter(({ turn }) => turn >= entry.keptFrom),
        compactedAt: entry.turn,
        measuredTokens: null,
      }
    case 'stopped':
      return { ...before, stopped: { outcome: entry.outcome, detail: entry.detail } }
  }
}

function newTurn({ turn, parts, finish }: Extract<LogEntry, { type: 'answered' }>): Turn {
  const calls = parts.filter((part) => part.type === 'tool-call')
  const asState = (call: CallPart, index: number): CallState => {
    return { index, call, status: 'waiting', result: '', failed: false }
  }
  return { turn, parts, finish, calls: calls.map(asState), told: [] }
}

function changeCall(
  conversation: Conversation,
  at: { readonly turn: number; readonly call: number },
  change: Partial<CallState>,
): Conversation {
  return changeTurn(conversation, at.turn, ({ calls }) => ({
    calls: calls.map((call) => (call.index === at.call ? { ...call, ...change } : call)),
  }))
}

/** Only the last turns change, so this costs what they are long, not the whole history. */
function changeTurn(
  conversation: Conversation,
  number: number,
  change: (turn: Turn) => Partial<Turn>,
): Conversation {
  const at = conversation.turns.findLastIndex(({ turn }) => turn === number)
  const turn = conversation.turns[at]
  if (turn === undefined) return conversation
  return { ...conversation, turns: conversation.turns.with(at, { ...turn, ...change(turn) }) }
}

/** Tokens of the next prompt: what was counted, and an estimate of what came since. */
export function promptTokens(conversation: Conversation, fixedTokens: number): number {
  const { measuredTokens, turns, summary } = conversation
  const last = turns.at(-1)
  if (measuredTokens !== null && last !== undefined) return measuredTokens + tokensSince(last)
  const all = turns.map((turn) => tokensOfParts(turn.parts) + tokensSince(turn))
  return all.reduce((sum, tokens) => sum + tokens, fixedTokens + estimateTokens(summary ?? ''))
}

/** Of a turn, the answer itself included. */
export const tokensOfTurn = (turn: Turn): number => tokensOfParts(turn.parts) + tokensSince(turn)

function tokensSince({ calls, told }: Turn): number {
  const texts = [...calls.map(({ result }) => result), ...told]
  return texts.reduce((sum, text) => sum + estimateTokens(text), 0)
}

function tokensOfParts(parts: readonly AnswerPart[]): number {
  return parts.reduce((sum, part) => {
    const data = part.providerData === undefined ? '' : JSON.stringify(part.providerData)
    const text = part.type === 'tool-call' ? part.name + part.input : part.text
    return sum + estimateTokens(text) + estimateTokens(data)
  }, 0)
}
