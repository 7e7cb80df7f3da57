import type {
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultOutput,
} from '@ai-sdk/provider'
import { Failure } from '../../../core/failure.ts'
import { mergeMetadata, type ProviderMetadata, toolIdFromAgent } from './carried-metadata.ts'
import type { FilePart } from './media.ts'
import type { Translation } from './translation.ts'

type PartsOf<Role> = Extract<LanguageModelV4Message, { role: Role }>['content']
export type UserParts = Extract<PartsOf<'user'>, unknown[]>
export type AssistantPart = Extract<PartsOf<'assistant'>, unknown[]>[number]
export type ToolOutput = LanguageModelV4ToolResultOutput
export type ToolOutputContent = Extract<ToolOutput, { type: 'content' }>['value']

/** Puts a prompt together, message by message, as the other side wants it put. */
export interface Conversation {
  /** @param path of the message's role, should it not be allowed where it stands. */
  system(text: string, path: string, metadata?: ProviderMetadata): void
  user(parts: UserParts): void
  assistant(part: AssistantPart): void
  toolCall(id: string, name: string, input: unknown, metadata?: ProviderMetadata): void
  /** @throws Failure `input.invalid` for the result of a call that was never made. */
  toolResult(id: string, output: ToolOutput, path: string, metadata?: ProviderMetadata): void
  readonly prompt: LanguageModelV4Prompt
}

export function conversation(translation: Translation): Conversation {
  const prompt: LanguageModelV4Prompt = []
  const toolNames = new Map<string, string>()
  // Chat Completions takes text alone from a tool: files follow in a message of the user.
  let filesOfTools: FilePart[] = []

  function add(message: LanguageModelV4Message): void {
    const last = prompt.at(-1)
    if (message.role !== 'tool' && filesOfTools.length > 0) {
      prompt.push({ role: 'user', content: filesOfTools })
      filesOfTools = []
    }
    if (message.role === 'assistant' && last?.role === 'assistant') {
      last.content.push(...message.content)
    } else if (message.role === 'tool' && last?.role === 'tool') {
      last.content.push(...message.content)
    } else {
      prompt.push(message)
    }
  }

  return {
    system(text, path, metadata) {
      const isFirst = prompt.every(({ role }) => role === 'system')
      if (isFirst || translation.carries(path)) {
        add({ role: 'system', content: text, ...optionsOf(metadata) })
      } else {
        add({ role: 'user', content: [{ type: 'text', text }] })
      }
    },
    user(parts) {
      if (parts.length > 0) add({ role: 'user', content: parts })
    },
    assistant(part) {
      add({ role: 'assistant', content: [part] })
    },
    toolCall(agentId, name, input, metadata) {
      const { id, metadata: carried } = toolIdFromAgent(agentId)
      toolNames.set(id, name)
      const options = optionsOf(mergeMetadata(metadata ?? {}, carried ?? undefined))
      add({
        role: 'assistant',
        content: [{ type: 'tool-call', toolCallId: id, toolName: name, input, ...options }],
      })
    },
    toolResult(agentId, output, path, metadata) {
      const { id } = toolIdFromAgent(agentId)
      const toolName = toolNames.get(id)
      if (toolName === undefined) {
        throw new Failure('input.invalid', `${path}: no tool call has the id ${agentId}`)
      }
      const { text, files } =
        translation.to === 'openai-chat' ? apart(output) : { text: output, files: [] }
      add({
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: id,
            toolName,
            output: text,
            ...optionsOf(metadata),
          },
        ],
      })
      filesOfTools.push(...files)
    },
    get prompt() {
      if (filesOfTools.length > 0) prompt.push({ role: 'user', content: filesOfTools })
      filesOfTools = []
      return prompt
    },
  }
}

/** What a tool's pieces are together: text as long as there is nothing but text. */
export function outputOf(content: ToolOutputContent, isError: boolean): ToolOutput {
  const texts = content.flatMap((piece) => (piece.type === 'text' ? [piece.text] : []))
  if (texts.length < content.length) return { type: 'content', value: content }
  return { type: isError ? 'error-text' : 'text', value: texts.join('\n') }
}

function apart(output: ToolOutput): { text: ToolOutput; files: FilePart[] } {
  if (output.type === 'error-text') {
    // There is no other place for it.
    return { text: { type: 'text', value: `Error: ${output.value}` }, files: [] }
  }
  if (output.type !== 'content') return { text: output, files: [] }
  const files = output.value.flatMap((piece) => (piece.type === 'file' ? [piece] : []))
  const texts = output.value.map((piece) =>
    piece.type === 'text' ? piece.text : '[file: see the next message]',
  )
  return { text: { type: 'text', value: texts.join('\n') }, files }
}

export function optionsOf(metadata: ProviderMetadata | undefined): {
  providerOptions?: ProviderMetadata
} {
  const isEmpty = metadata === undefined || Object.keys(metadata).length === 0
  return isEmpty ? {} : { providerOptions: metadata }
}
