import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import { Failure } from '../../../core/failure.ts'
import type { CanonicalPart, CanonicalRequest } from '../dialects/dialect.ts'
import { mcpCall } from './mcp-tool.ts'
import type { Plan } from './plan.ts'
import { finishCall, type OfferedCall, shellCall } from './shell-tool.ts'

/**
 * What a scripted model answers: the step of its plan that comes after those which the conversation
 * already shows, through whichever tool for it the agent offers. It keeps no state, so that a call
 * that is repeated gets the same answer.
 *
 * Calls without a shell tool are an agent's own errands (a title, a summary) and get a short text.
 *
 * @throws Failure `model.plan-ran-out` when the conversation has gone past the plan's end;
 *   `task.invalid` when it uses an MCP tool that the agent does not offer.
 */
export function scriptedAnswer(plan: Plan, request: CanonicalRequest): CanonicalPart[] {
  const { prompt, tools } = request
  if (!offersShell(request)) return errandAnswer(request)
  const done = callsMade(prompt)
  const step = plan.steps[done]
  if (step !== undefined) {
    const call =
      'run' in step ? shellCall(tools, step.run, step.say || 'the next step') : mcpCall(tools, step)
    return callAnswer(step.say, call, { done, request })
  }
  if (plan.final === null || hasEnded(prompt, plan)) throw ranOut(plan, done)
  const finish = finishCall(request, plan.final)
  return finish === null
    ? textAnswer(plan.final, request)
    : callAnswer(plan.final, finish, { done, request })
}

/** Whether the agent wants work done: a call without a shell is about something else. */
export const offersShell = ({ tools }: CanonicalRequest): boolean =>
  shellCall(tools, 'true', '') !== null

/** What an agent's own errands get, whatever the plan says. */
export const errandAnswer = (request: CanonicalRequest): CanonicalPart[] =>
  textAnswer('ok', request)

/** Each answer of ours made one call; an agent that drops some of its history repeats them. */
function callsMade(prompt: LanguageModelV4Prompt): number {
  return prompt.reduce((sum, message) => {
    if (message.role !== 'assistant') return sum
    return sum + message.content.filter((part) => part.type === 'tool-call').length
  }, 0)
}

/** It has said its last words, in text or as the call that ends the work, and is asked again. */
function hasEnded(prompt: LanguageModelV4Prompt, plan: Plan): boolean {
  if (callsMade(prompt) > plan.steps.length) return true
  return prompt.some(
    (message) =>
      message.role === 'assistant' &&
      message.content.some((part) => part.type === 'text' && part.text.trim() === plan.final),
  )
}

function ranOut({ steps }: Plan, done: number): Failure {
  const message = `The scripted model was asked for turn ${done + 1}; its plan has ${steps.length} steps and no more to say.`
  return new Failure('model.plan-ran-out', message, { facts: { steps: steps.length, done } })
}

interface Turn {
  readonly done: number
  readonly request: CanonicalRequest
}

function callAnswer(say: string, call: OfferedCall | null, { done, request }: Turn) {
  if (call === null) return textAnswer(say, request)
  const toolCallId = `call_scripted_${done + 1}`
  const { tool: toolName, input } = call
  return [
    ...opening(),
    ...(say === '' ? [] : saying(say)),
    { type: 'tool-input-start', id: toolCallId, toolName },
    { type: 'tool-input-delta', id: toolCallId, delta: input },
    { type: 'tool-input-end', id: toolCallId },
    { type: 'tool-call', toolCallId, toolName, input },
    ending('tool-calls', request, say + input),
  ] satisfies CanonicalPart[]
}

function textAnswer(say: string, request: CanonicalRequest): CanonicalPart[] {
  return [...opening(), ...saying(say), ending('stop', request, say)]
}

const opening = (): CanonicalPart[] => [{ type: 'stream-start', warnings: [] }]

const saying = (delta: string): CanonicalPart[] => [
  { type: 'text-start', id: 'text-1' },
  { type: 'text-delta', id: 'text-1', delta },
  { type: 'text-end', id: 'text-1' },
]

/** Four characters a token, as a rule of thumb for English and code: it thinks in no tokens at all. */
const tokens = (text: string): number => Math.ceil(text.length / 4)

function ending(
  unified: 'stop' | 'tool-calls',
  { prompt, tools }: CanonicalRequest,
  answer: string,
): CanonicalPart {
  const input = tokens(JSON.stringify([prompt, tools ?? []]))
  const output = tokens(answer)
  return {
    type: 'finish',
    finishReason: { unified, raw: undefined },
    usage: {
      inputTokens: { total: input, noCache: input, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: output, text: output, reasoning: 0 },
    },
  }
}
