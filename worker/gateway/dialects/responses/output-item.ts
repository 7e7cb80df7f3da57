import type { AnswerBlock } from '../answer-events.ts'
import { newId } from '../answer-text.ts'
import { type ProviderMetadata, seal, toolIdForAgent } from '../carried-metadata.ts'
import type { Call } from '../dialect.ts'
import { argumentsOf } from '../read-body.ts'

type Kind = 'message' | 'reasoning' | 'function_call' | 'custom_tool_call'

/** One item of a response's output, from its beginning. */
export interface OutputItem {
  readonly kind: Kind
  /** As it is announced, before there is anything in it. */
  readonly started: { readonly id: string; readonly [field: string]: unknown }
}

/** The item that a block of an answer becomes, under the name by which the agent knows a tool. */
export function newItem(block: AnswerBlock, metadata: ProviderMetadata, call: Call): OutputItem {
  switch (block.kind) {
    case 'text': {
      const id = newId('msg_')
      const started = { id, type: 'message', status: 'in_progress', role: 'assistant', content: [] }
      return { kind: 'message', started }
    }
    case 'reasoning': {
      const own = metadata.openai?.itemId
      const id = typeof own === 'string' ? own : newId('rs_')
      return { kind: 'reasoning', started: { id, type: 'reasoning', summary: [] } }
    }
    case 'tool': {
      const renamed = call.renamedTools?.[block.name]
      const fields = {
        status: 'in_progress',
        call_id: toolIdForAgent(block.id, metadata),
        name: renamed?.name ?? block.name,
        ...(renamed?.namespace ? { namespace: renamed.namespace } : {}),
      }
      if (renamed?.kind === 'text') {
        const started = { id: newId('ctc_'), type: 'custom_tool_call', ...fields, input: '' }
        return { kind: 'custom_tool_call', started }
      }
      const started = { id: newId('fc_'), type: 'function_call', ...fields, arguments: '' }
      return { kind: 'function_call', started }
    }
  }
}

/** The whole item. */
export function itemOf({ kind, started }: OutputItem, text: string, metadata: ProviderMetadata) {
  switch (kind) {
    case 'message':
      return { ...started, status: 'completed', content: [textPart(text)] }
    case 'reasoning': {
      const summary = text === '' ? [] : [summaryPart(text)]
      return { ...started, summary, ...opaqueOf(metadata) }
    }
    case 'function_call':
      return { ...started, status: 'completed', arguments: text || '{}' }
    case 'custom_tool_call':
      return { ...started, status: 'completed', input: textInput(text) }
  }
}

/** The events that tell of an item's inside, in order. */
export function itemPieces(
  { kind }: OutputItem,
  at: 'open' | 'delta' | 'close',
  text: string,
  isEmpty: boolean,
): readonly (readonly [type: string, fields: object])[] {
  switch (kind) {
    case 'message':
      return messagePieces(at, text)
    case 'reasoning':
      return isEmpty ? [] : reasoningPieces(at, text)
    case 'function_call': {
      const type = 'response.function_call_arguments'
      if (at === 'delta') return [[`${type}.delta`, { delta: text }]]
      return at === 'open' ? [] : [[`${type}.done`, { arguments: text || '{}' }]]
    }
    case 'custom_tool_call': {
      // The input stands inside of JSON: it can be told only when that is whole.
      if (at !== 'close') return []
      const type = 'response.custom_tool_call_input'
      const input = textInput(text)
      return [
        [`${type}.delta`, { delta: input }],
        [`${type}.done`, { input }],
      ]
    }
  }
}

function messagePieces(at: 'open' | 'delta' | 'close', text: string) {
  const place = { content_index: 0 }
  switch (at) {
    case 'open':
      return [['response.content_part.added', { ...place, part: textPart('') }]] as const
    case 'delta':
      return [['response.output_text.delta', { ...place, delta: text, logprobs: [] }]] as const
    case 'close':
      return [
        ['response.output_text.done', { ...place, text, logprobs: [] }],
        ['response.content_part.done', { ...place, part: textPart(text) }],
      ] as const
  }
}

function reasoningPieces(at: 'open' | 'delta' | 'close', text: string) {
  const place = { summary_index: 0 }
  const type = 'response.reasoning_summary'
  switch (at) {
    case 'open':
      return [[`${type}_part.added`, { ...place, part: summaryPart('') }]] as const
    case 'delta':
      return [[`${type}_text.delta`, { ...place, delta: text }]] as const
    case 'close':
      return [
        [`${type}_text.done`, { ...place, text }],
        [`${type}_part.done`, { ...place, part: summaryPart(text) }],
      ] as const
  }
}

function textPart(text: string) {
  return { type: 'output_text', text, annotations: [], logprobs: [] }
}

function summaryPart(text: string) {
  return { type: 'summary_text', text }
}

function opaqueOf(metadata: ProviderMetadata): { encrypted_content: string } {
  const own = metadata.openai?.reasoningEncryptedContent
  return { encrypted_content: typeof own === 'string' ? own : seal(metadata) }
}

function textInput(args: string): string {
  const input = argumentsOf(args)?.input
  return typeof input === 'string' ? input : args
}
