import type { ModelFacts } from '../../../models/model.ts'
import { type Conversation, type Turn, tokensOfTurn } from './conversation.ts'

/** Taken for the window of a model of which nobody told. */
const USUAL_WINDOW = 128_000
/** Of the window, for the answer; of the rest, for estimates that are too low. */
const ANSWER_SHARE = 0.25
const MARGIN = 0.9
/** Of the prompt's limit, for turns that stay word for word. */
const KEPT_SHARE = 0.25
/** Of a tool's result in what is summed up. */
const RESULT_CHARS = 2_000
const CHARS_PER_TOKEN = 3

/** Tokens that a prompt may have, so that it and its answer fit into the model's window. */
export function promptLimit(
  facts: Pick<ModelFacts, 'contextTokens'> | null,
  maxOutputTokens: number | undefined,
): number {
  const window = facts?.contextTokens ?? USUAL_WINDOW
  const answer = Math.min(maxOutputTokens ?? Number.POSITIVE_INFINITY, window * ANSWER_SHARE)
  return Math.floor((window - answer) * MARGIN)
}

/**
 * The first turn that stays word for word when the ones before it are summed up: as many of the
 * last as fit, but never all of them.
 */
export function keptFrom({ turns }: Conversation, limitTokens: number): number {
  let room = limitTokens * KEPT_SHARE
  let first = (turns.at(-1)?.turn ?? 0) + 1
  for (const turn of turns.slice(1).reverse()) {
    room -= tokensOfTurn(turn)
    if (room < 0) break
    first = turn.turn
  }
  return first
}

/** What the model is given to sum up: the turns that go, as text that fits its window. */
export function transcriptOf(
  { summary, turns }: Conversation,
  { before, limitTokens }: { readonly before: number; readonly limitTokens: number },
): string {
  const going = turns.filter(({ turn }) => turn < before).map(turnText)
  const earlier = summary === null ? [] : [`[Summary of what came before]\n${summary}`]
  return shorten([...earlier, ...going].join('\n\n'), limitTokens * CHARS_PER_TOKEN)
}

export const SUMMARY_REQUEST = `The conversation above has become too long for your memory. Write down what you need to go on
without it, for yourself: what the task asks and what of it is done; facts you found (files, names,
commands, outputs that matter); decisions and why; what failed; what is left, step by step; what
runs in the background. Be exact and complete. Write nothing else, and call no tool.`

/** Stands in where no summary could be had: at least what was called. */
export function bareSummary({ summary, turns }: Conversation, before: number): string {
  const calls = turns
    .filter(({ turn }) => turn < before)
    .flatMap(({ calls }) => calls.map(({ call }) => `${call.name} ${shorten(call.input, 200)}`))
  const list = shorten(calls.map((call) => `- ${call}`).join('\n'), 8_000)
  return `${summary ?? ''}\nCalls of tools, whose results are gone:\n${list}`.trim()
}

function turnText({ turn, parts, calls, told }: Turn): string {
  const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))
  const results = calls.map(
    ({ call, result }) =>
      `[${call.name}] ${shorten(call.input, RESULT_CHARS)}\n[result] ${shorten(result, RESULT_CHARS)}`,
  )
  return [`[Turn ${turn}]`, ...texts, ...results, ...told].join('\n')
}

function shorten(text: string, chars: number): string {
  if (text.length <= chars) return text
  const half = Math.floor(chars / 2)
  const left = text.length - 2 * half
  return `${text.slice(0, half)}\n[${left} characters left out]\n${text.slice(text.length - half)}`
}
