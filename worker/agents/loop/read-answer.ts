import type {
  LanguageModelV4StreamPart,
  SharedV4ProviderMetadata,
  SharedV4Warning,
} from '@ai-sdk/provider'
import type { AnswerPart, LogEntry } from './log-entry.ts'

export type Answer = Omit<Extract<LogEntry, { type: 'answered' }>, 'type' | 'turn'>

export interface ReadAnswer {
  readonly answer: Answer
  /** What of the request the provider's client could not pass on. */
  readonly warnings: readonly string[]
}

type ProviderData = NonNullable<AnswerPart['providerData']>

/**
 * Puts a streamed answer together again.
 *
 * @throws what the stream's `error` part holds, or an Error when the stream ends without a `finish`.
 */
export async function readAnswer(
  stream: AsyncIterable<LanguageModelV4StreamPart>,
): Promise<ReadAnswer> {
  const warnings: string[] = []
  const parts: AnswerPart[] = []
  const open = new Map<string, number>()
  const begin = (id: string, type: 'text' | 'reasoning') => {
    open.set(`${type} ${id}`, parts.push({ type, text: '' }) - 1)
  }
  const grow = (at: string, delta: string, data: SharedV4ProviderMetadata | undefined) => {
    const index = open.get(at)
    const part = index === undefined ? undefined : parts[index]
    if (index === undefined || part === undefined || part.type === 'tool-call') return
    parts[index] = { ...part, text: part.text + delta, ...merged(part.providerData, data) }
  }
  for await (const part of stream) {
    switch (part.type) {
      case 'stream-start':
        warnings.push(...part.warnings.map(warningText))
        break
      case 'text-start':
      case 'reasoning-start': {
        const type = part.type === 'text-start' ? 'text' : 'reasoning'
        begin(part.id, type)
        grow(`${type} ${part.id}`, '', part.providerMetadata)
        break
      }
      case 'text-delta':
        grow(`text ${part.id}`, part.delta, part.providerMetadata)
        break
      case 'reasoning-delta':
        grow(`reasoning ${part.id}`, part.delta, part.providerMetadata)
        break
      case 'text-end':
        grow(`text ${part.id}`, '', part.providerMetadata)
        break
      case 'reasoning-end':
        grow(`reasoning ${part.id}`, '', part.providerMetadata)
        break
      case 'tool-call': {
        const { toolCallId: id, toolName: name, input } = part
        parts.push({
          type: 'tool-call',
          id,
          name,
          input,
          ...merged(undefined, part.providerMetadata),
        })
        break
      }
      case 'error':
        throw part.error
      case 'finish': {
        const { inputTokens, outputTokens } = part.usage
        const answer = {
          parts,
          finish: part.finishReason.unified,
          inputTokens: inputTokens.total ?? null,
          outputTokens: outputTokens.total ?? null,
        }
        return { answer, warnings }
      }
      default:
        break
    }
  }
  throw new Error('the answer ended before it was finished')
}

function merged(
  before: ProviderData | undefined,
  data: SharedV4ProviderMetadata | undefined,
): { providerData?: ProviderData } {
  if (data === undefined) return before === undefined ? {} : { providerData: before }
  const plain = JSON.parse(JSON.stringify(data)) as ProviderData
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(plain)])
  const both = [...names].map((name) => [name, { ...before?.[name], ...plain[name] }] as const)
  return { providerData: Object.fromEntries(both) }
}

function warningText(warning: SharedV4Warning): string {
  if (warning.type === 'other') return warning.message
  if (!('feature' in warning)) return JSON.stringify(warning)
  const details = warning.details === undefined ? '' : `: ${warning.details}`
  return `${warning.type} ${warning.feature}${details}`
}
