import type { AgentEnd } from '../agent.ts'
import { type CallState, type Conversation, promptTokens, type Turn } from './conversation.ts'

/** What the loop does next. */
export type Step =
  | { readonly do: 'ask' }
  | { readonly do: 'compact' }
  /** Begun by a process that died: never begun again. */
  | { readonly do: 'interrupt'; readonly turn: number; readonly calls: readonly CallState[] }
  | { readonly do: 'call'; readonly turn: number; readonly calls: readonly CallState[] }
  | { readonly do: 'tell'; readonly turn: number; readonly text: string }
  | { readonly do: 'stop'; readonly end: AgentEnd }

export interface LoopLimits {
  readonly maxTurns: number
  /** Tokens of a prompt above which it is compacted. */
  readonly promptTokens: number
  /** Estimate of what every prompt holds: system prompt, tools, instruction. */
  readonly fixedTokens: number
}

const CUT = 'Your answer was cut at its greatest length. Go on; use several shorter steps.'
const EMPTY = 'Your answer was empty. Go on with the task, or say that you are done.'
/** Answers in a row that lead nowhere before the loop gives up. */
const PATIENCE = 3

/** A pure function of the log, so that a new process decides as the one before it would have. */
export function nextStep(conversation: Conversation, limits: LoopLimits): Step {
  if (conversation.stopped !== null) return { do: 'stop', end: conversation.stopped }
  const last = conversation.turns.at(-1)
  if (last !== undefined) {
    const step = afterTurn(last, conversation)
    if (step !== null) return step
  }
  if (conversation.turnCount >= limits.maxTurns) {
    return stop('budget', `its ${limits.maxTurns} turns were used up`)
  }
  const tokens = promptTokens(conversation, limits.fixedTokens)
  const compacted = conversation.compactedAt === conversation.turnCount
  const isFull = tokens > limits.promptTokens && conversation.turns.length > 0 && !compacted
  return { do: isFull ? 'compact' : 'ask' }
}

function afterTurn(last: Turn, conversation: Conversation): Step | null {
  const { turn, calls, finish } = last
  const running = calls.filter(({ status }) => status === 'running')
  if (running.length > 0) return { do: 'interrupt', turn, calls: running }
  const waiting = calls.filter(({ status }) => status === 'waiting')
  if (waiting.length > 0) return { do: 'call', turn, calls: waiting }
  if (calls.length > 0 || last.told.length > 0) return null
  if (finish === 'content-filter') return stop('agent-error', 'the model refused to go on')
  const problem = finish === 'length' ? CUT : isEmpty(last) ? EMPTY : null
  if (problem === null) return stop('scored', '')
  if (fruitless(conversation.turns) < PATIENCE) return { do: 'tell', turn, text: problem }
  return stop('agent-error', `the model gave ${PATIENCE} answers without a use in a row`)
}

function isEmpty({ parts }: Turn): boolean {
  return !parts.some((part) => part.type === 'text' && part.text.trim() !== '')
}

/** Turns at the end that neither called a tool nor came to an end. */
function fruitless(turns: readonly Turn[]): number {
  const lastWithCalls = turns.findLastIndex(({ calls }) => calls.length > 0)
  return turns.length - 1 - lastWithCalls
}

function stop(outcome: AgentEnd['outcome'], detail: string): Step {
  return { do: 'stop', end: { outcome, detail } }
}
