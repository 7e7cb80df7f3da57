import type { LanguageModelV4, LanguageModelV4CallOptions } from '@ai-sdk/provider'
import type { TrialAccess } from '../../gateway/trial-access.ts'
import type { AgentEnd } from '../agent.ts'
import { type Asked, type Asking, askModel } from './ask-model.ts'
import { bareSummary, keptFrom, SUMMARY_REQUEST, transcriptOf } from './compaction.ts'
import { type CallState, promptTokens } from './conversation.ts'
import type { Emit } from './event-stream.ts'
import { lanesOf } from './lanes.ts'
import type { Log } from './log.ts'
import { type LoopLimits, nextStep } from './next-step.ts'
import { type PromptFrame, promptOf } from './prompt.ts'
import type { Tool } from './tool.ts'
import { useTool } from './toolbox.ts'

export interface LoopParts {
  readonly access: TrialAccess
  readonly model: LanguageModelV4
  /** Of each request, but for the prompt and the tools. */
  readonly options: Omit<LanguageModelV4CallOptions, 'prompt' | 'tools'>
  readonly functionTools: NonNullable<LanguageModelV4CallOptions['tools']>
  readonly frame: PromptFrame
  readonly tools: readonly Tool[]
  readonly limits: LoopLimits
  readonly log: Log
  readonly emit: Emit
  readonly signal: AbortSignal
  /** Before a lost answer is asked for a second time; doubles with each try. */
  readonly backOffMs: number
}

/**
 * Takes one step after another, as the log so far says, until one is to stop.
 *
 * @throws Failure for faults of the infrastructure; the signal's reason when aborted.
 */
export async function loop(parts: LoopParts): Promise<AgentEnd> {
  const { log, limits, signal } = parts
  const warned = new Set<string>()
  const ask = async (options: Pick<LanguageModelV4CallOptions, 'prompt' | 'tools'>) => {
    const asked = await askModel({ ...parts.options, ...options }, asking(parts))
    if (asked.kind === 'answer') tellWarnings(asked.warnings, warned, parts)
    return asked
  }
  for (;;) {
    signal.throwIfAborted()
    const step = nextStep(log.conversation, limits)
    switch (step.do) {
      case 'stop':
        if (log.conversation.stopped === null) await stop(log, step.end)
        return step.end
      case 'tell':
        await log.write({ type: 'told', turn: step.turn, text: step.text })
        break
      case 'interrupt':
        await interrupt(parts, step)
        break
      case 'call':
        await callTools(parts, step)
        break
      case 'compact':
        await compact(parts, ask)
        break
      case 'ask':
        await takeTurn(parts, ask)
        break
    }
  }
}

type Ask = (options: Pick<LanguageModelV4CallOptions, 'prompt' | 'tools'>) => Promise<Asked>

interface Calls {
  readonly turn: number
  readonly calls: readonly CallState[]
}

async function takeTurn(parts: LoopParts, ask: Ask): Promise<void> {
  const { log, frame, functionTools } = parts
  const { conversation } = log
  const asked = await ask({ prompt: promptOf(frame, conversation), tools: functionTools })
  switch (asked.kind) {
    case 'answer':
      await log.write({ type: 'answered', turn: conversation.turnCount + 1, ...asked.answer })
      break
    case 'stop':
      await stop(log, asked.end)
      break
    case 'too-long':
      if (conversation.turns.length > 0) await compact(parts, ask)
      else {
        const detail = `the task does not fit the model's context: ${asked.why}`.slice(0, 500)
        await stop(log, { outcome: 'agent-error', detail })
      }
      break
  }
}

/** Of a model's summary nothing is kept but its text; where there is none, what was called. */
async function compact({ log, frame, limits }: LoopParts, ask: Ask): Promise<void> {
  const { conversation } = log
  const { turnCount, compactedAt } = conversation
  // Having been compacted and still too long, it keeps no turn at all.
  const kept =
    compactedAt === turnCount ? turnCount + 1 : keptFrom(conversation, limits.promptTokens)
  const tokensBefore = promptTokens(conversation, limits.fixedTokens)
  const transcript = transcriptOf(conversation, { before: kept, limitTokens: limits.promptTokens })
  const text = `${frame.instruction}\n\n[The conversation]\n${transcript}\n\n${SUMMARY_REQUEST}`
  const asked = await ask({
    prompt: [
      { role: 'system', content: frame.system },
      { role: 'user', content: [{ type: 'text', text }] },
    ],
  })
  if (asked.kind === 'stop') return stop(log, asked.end)
  const answered = asked.kind === 'answer' ? textOf(asked) : ''
  const summary = answered === '' ? bareSummary(conversation, kept) : answered
  await log.write({ type: 'compacted', turn: turnCount, summary, keptFrom: kept, tokensBefore })
}

/** Lanes run at once; what was begun is written down before and after. */
async function callTools(parts: LoopParts, { turn, calls }: Calls): Promise<void> {
  const laned = calls.map((state) => ({ state, lane: laneOf(parts.tools, state) }))
  const lanes = lanesOf(laned).map(async (lane) => {
    for (const { state } of lane) await callTool(parts, turn, state)
  })
  const ends = await Promise.allSettled(lanes)
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

async function callTool(
  { tools, log, signal }: LoopParts,
  turn: number,
  { index, call }: CallState,
): Promise<void> {
  signal.throwIfAborted()
  await log.write({ type: 'call-started', turn, call: index })
  try {
    const result = await useTool(tools, call, { name: callName(turn, index), signal })
    await log.write({ type: 'call-ended', turn, call: index, ...result })
  } catch (error) {
    if (signal.aborted) {
      const text = '[cut off by the end of the trial]'
      await log.write({ type: 'call-ended', turn, call: index, text, failed: true, meta: {} })
    }
    throw error
  }
}

/** What another process began and did not end is never begun again: the model decides. */
async function interrupt({ tools, log }: LoopParts, { turn, calls }: Calls): Promise<void> {
  for (const { index, call } of calls) {
    const tool = tools.find(({ name }) => name === call.name)
    const known = (await tool?.interrupt?.(callName(turn, index))) ?? NOT_KNOWN
    const text = `[Interrupted: the agent was restarted while this call was under way. ${known}]`
    const meta = { interrupted: true }
    await log.write({ type: 'call-ended', turn, call: index, text, failed: true, meta })
  }
}

const NOT_KNOWN = 'Whether it came to its end is not known.'

const callName = (turn: number, index: number) => `${turn}-${index}`

const laneOf = (tools: readonly Tool[], { call }: CallState) =>
  tools.find(({ name }) => name === call.name)?.lane ?? null

function stop(log: Log, end: AgentEnd): Promise<void> {
  return log.write({ type: 'stopped', turn: log.conversation.turnCount, ...end })
}

function textOf({ answer }: Extract<Asked, { kind: 'answer' }>): string {
  const texts = answer.parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))
  return texts.join('').trim()
}

function asking({ model, access, signal, emit, log, backOffMs }: LoopParts): Asking {
  const onRetry = (why: string) => {
    const body = `asks the model again: ${why}`.slice(0, 500)
    emit({ kind: 'note', turn: log.conversation.turnCount + 1, body })
  }
  return { model, access, signal, onRetry, backOffMs }
}

function tellWarnings(
  warnings: readonly string[],
  warned: Set<string>,
  { emit, log }: Pick<LoopParts, 'emit' | 'log'>,
): void {
  for (const warning of warnings) {
    if (warned.has(warning)) continue
    warned.add(warning)
    const body = `the model is asked without what it does not take: ${warning}`
    emit({ kind: 'note', turn: log.conversation.turnCount + 1, body })
  }
}
