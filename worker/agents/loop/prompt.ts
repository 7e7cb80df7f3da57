import type {
  JSONObject,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider'
import type { CallState, Conversation, Turn } from './conversation.ts'
import type { AnswerPart } from './log-entry.ts'

type AssistantPart = Extract<LanguageModelV4Message, { role: 'assistant' }>['content'][number]

/** Anthropic reads what came before a mark from its cache; other providers know no such mark. */
const CACHED = { anthropic: { cacheControl: { type: 'ephemeral' } } } as const

export interface PromptFrame {
  readonly system: string
  readonly instruction: string
}

/** What the model is asked: always the same beginning, then the turns it still sees. */
export function promptOf(
  { system, instruction }: PromptFrame,
  { summary, turns }: Pick<Conversation, 'summary' | 'turns'>,
): LanguageModelV4Prompt {
  const messages: LanguageModelV4Message[] = [user(instruction)]
  if (summary !== null) messages.push(user(`${SUMMARY_FOLLOWS}\n\n${summary}`))
  messages.push(...turns.flatMap(messagesOf))
  const last = messages.at(-1)
  const rest = messages.slice(0, -1)
  const marked = last === undefined ? [] : [{ ...last, providerOptions: CACHED }]
  return [{ role: 'system', content: system, providerOptions: CACHED }, ...rest, ...marked]
}

const SUMMARY_FOLLOWS =
  'The conversation so far had become too long. This is your own summary of it; go on from there.'

function user(text: string): LanguageModelV4Message {
  return { role: 'user', content: [{ type: 'text', text }] }
}

function messagesOf({ parts, calls, told }: Turn): LanguageModelV4Message[] {
  const content = parts.flatMap(assistantPart)
  const results = calls.map(resultPart)
  return [
    ...(content.length === 0 ? [] : [{ role: 'assistant' as const, content }]),
    ...(results.length === 0 ? [] : [{ role: 'tool' as const, content: results }]),
    ...told.map(user),
  ]
}

function assistantPart(part: AnswerPart): AssistantPart[] {
  const options = part.providerData === undefined ? {} : { providerOptions: part.providerData }
  if (part.type === 'tool-call') {
    const { id, name, input } = part
    return [
      { type: 'tool-call', toolCallId: id, toolName: name, input: objectIn(input), ...options },
    ]
  }
  // Vendors refuse texts that hold nothing; a thought without text may still hold a signature.
  if (part.type === 'text' && part.text === '') return []
  return [{ type: part.type, text: part.text, ...options }]
}

function resultPart({ call, result, failed }: CallState): LanguageModelV4ToolResultPart {
  const value = result === '' ? '(nothing was printed)' : result
  const type = failed ? 'error-text' : 'text'
  const ids = { toolCallId: call.id, toolName: call.name }
  return { type: 'tool-result', ...ids, output: { type, value } }
}

/** What a model wrote as a tool's input; what is no object goes back to it under a name that says so. */
function objectIn(input: string): JSONObject {
  try {
    const value: unknown = JSON.parse(input)
    if (isObject(value)) return value
  } catch {
    // Told to the model as the result of the call.
  }
  return { unreadable: input }
}

function isObject(value: unknown): value is JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
