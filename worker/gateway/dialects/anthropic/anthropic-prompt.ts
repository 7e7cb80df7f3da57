import { z } from 'zod'
import { isTheirs, type ProviderMetadata, unseal } from '../carried-metadata.ts'
import {
  type Conversation,
  optionsOf,
  outputOf,
  type ToolOutputContent,
  type UserParts,
} from '../conversation.ts'
import { readBody } from '../read-body.ts'
import type { Translation } from '../translation.ts'
import { type Body, type block, content, marked, textBlock } from './anthropic-body.ts'
import { markOf, userParts } from './anthropic-parts.ts'

export function addSystem(
  system: Body['system'],
  talk: Conversation,
  translation: Translation,
): void {
  if (system === null || system === undefined) return
  if (typeof system === 'string') {
    talk.system(system, 'system')
    return
  }
  const marks = system.map((piece, index) => {
    const path = `system[${index}]`
    translation.loseOthers(piece, ['type', 'text', 'cache_control'], path)
    return markOf(piece, path, translation)
  })
  const text = system.map((piece) => piece.text).join('\n\n')
  talk.system(
    text,
    'system',
    marks.findLast((mark) => mark !== undefined),
  )
}

export function addMessage(
  message: Body['messages'][number],
  path: string,
  talk: Conversation,
  translation: Translation,
): void {
  translation.loseOthers(message, ['role', 'content'], path)
  const pieces =
    typeof message.content === 'string'
      ? [{ type: 'text', text: message.content }]
      : message.content
  if (message.role === 'system') {
    const texts = pieces.map((piece, index) =>
      readBody(textBlock, piece, `${path}.content[${index}]`),
    )
    talk.system(texts.map(({ text }) => text).join('\n\n'), `${path}.role`)
    return
  }
  if (message.role === 'assistant') {
    pieces.forEach((piece, index) => {
      addAssistantBlock(piece, `${path}.content[${index}]`, talk, translation)
    })
    return
  }
  const parts: UserParts = []
  pieces.forEach((piece, index) => {
    const at = `${path}.content[${index}]`
    if (piece.type === 'tool_result') addToolResult(piece, at, talk, translation)
    else parts.push(...userParts(piece, at, translation))
  })
  talk.user(parts)
}

const toolResult = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: content.nullish(),
  is_error: z.boolean().nullish(),
  ...marked,
})

function addToolResult(
  piece: z.infer<typeof block>,
  path: string,
  talk: Conversation,
  translation: Translation,
): void {
  const result = readBody(toolResult, piece, path)
  const known = ['type', 'tool_use_id', 'content', 'is_error', 'cache_control']
  translation.loseOthers(result, known, path)
  const given = result.content ?? ''
  const pieces = typeof given === 'string' ? [{ type: 'text', text: given }] : given
  const parts: ToolOutputContent = pieces.flatMap((inner, index) => {
    return userParts(inner, `${path}.content[${index}]`, translation)
  })
  const output = outputOf(parts, result.is_error === true)
  if (result.is_error === true && output.type === 'content') translation.lose(`${path}.is_error`)
  const mark = markOf(result, path, translation)
  talk.toolResult(result.tool_use_id, output, `${path}.tool_use_id`, mark)
}

const thinkingBlock = z.looseObject({
  type: z.literal('thinking'),
  thinking: z.string(),
  signature: z.string().nullish(),
})

const redactedBlock = z.looseObject({ type: z.literal('redacted_thinking'), data: z.string() })

const toolUse = z.looseObject({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string(),
  input: z.unknown().optional(),
  ...marked,
})

function addAssistantBlock(
  piece: z.infer<typeof block>,
  path: string,
  talk: Conversation,
  translation: Translation,
): void {
  switch (piece.type) {
    case 'text': {
      const { text, ...rest } = readBody(textBlock, piece, path)
      translation.loseOthers(rest, ['type', 'cache_control'], path)
      talk.assistant({ type: 'text', text, ...optionsOf(markOf(rest, path, translation)) })
      return
    }
    case 'tool_use': {
      const call = readBody(toolUse, piece, path)
      translation.loseOthers(call, ['type', 'id', 'name', 'input', 'cache_control'], path)
      talk.toolCall(call.id, call.name, call.input, markOf(call, path, translation))
      return
    }
    case 'thinking':
    case 'redacted_thinking':
      addThinking(piece, path, talk, translation)
      return
    default:
      translation.lose(`${path}.type`)
      return
  }
}

function addThinking(
  piece: z.infer<typeof block>,
  path: string,
  talk: Conversation,
  translation: Translation,
): void {
  const isRedacted = piece.type === 'redacted_thinking'
  const text = isRedacted ? '' : readBody(thinkingBlock, piece, path).thinking
  const opaque = isRedacted
    ? readBody(redactedBlock, piece, path).data
    : (readBody(thinkingBlock, piece, path).signature ?? '')
  const field = `${path}.${isRedacted ? 'data' : 'signature'}`
  const native: ProviderMetadata =
    opaque === '' ? {} : { anthropic: { [isRedacted ? 'redactedData' : 'signature']: opaque } }
  const metadata = unseal(opaque) ?? native
  const isKept = isTheirs(metadata, opaque, translation.to)
  if (!isKept && opaque !== '') translation.carries(field)
  if (!isKept && text !== '' && !translation.carries(`${path}.thinking`)) return
  if (!isKept && text === '') return
  talk.assistant({ type: 'reasoning', text, ...optionsOf(isKept ? metadata : undefined) })
}
