import { z } from 'zod'
import { isTheirs, type ProviderMetadata, unseal } from '../carried-metadata.ts'
import { type Conversation, optionsOf, outputOf, type ToolOutputContent } from '../conversation.ts'
import { argumentsOf, readBody } from '../read-body.ts'
import type { Translation } from '../translation.ts'
import { type Body, content, type item } from './responses-body.ts'
import { partsOf, text } from './responses-parts.ts'
import { nameForModel } from './responses-tools.ts'

export function addInput(input: Body['input'], talk: Conversation, translation: Translation): void {
  if (typeof input === 'string') {
    talk.user([{ type: 'text', text: input }])
    return
  }
  const droppedCalls = new Set<unknown>()
  for (const [index, one] of (input ?? []).entries()) {
    const path = `input[${index}]`
    switch (one.type ?? 'message') {
      case 'message':
        addMessage(one, path, talk, translation)
        break
      case 'reasoning':
        addReasoning(one, path, talk, translation)
        break
      case 'function_call':
      case 'custom_tool_call':
        addCall(one, path, talk, translation)
        break
      case 'function_call_output':
      case 'custom_tool_call_output':
        if (droppedCalls.has(one.call_id)) translation.lose(`${path}.type`)
        else addOutput(one, path, talk, translation)
        break
      default:
        if (one.call_id !== undefined) droppedCalls.add(one.call_id)
        translation.lose(`${path}.type`)
    }
  }
}

const message = z.looseObject({
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content,
})

// What a request may repeat of an answer without meaning anything by it.
const ANSWER_FIELDS = ['id', 'status', 'type']

function addMessage(
  one: z.infer<typeof item>,
  path: string,
  talk: Conversation,
  translation: Translation,
): void {
  const { role, content: pieces } = readBody(message, one, path)
  translation.loseOthers(one, [...ANSWER_FIELDS, 'role', 'content'], path)
  const parts = partsOf(pieces, `${path}.content`, translation)
  switch (role) {
    case 'user':
      talk.user(parts)
      return
    case 'assistant':
      for (const part of parts) if (part.type !== 'text' || part.text !== '') talk.assistant(part)
      return
    case 'system':
    case 'developer': {
      const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))
      talk.system(texts.join('\n\n'), `${path}.role`)
      return
    }
  }
}

const reasoning = z.looseObject({
  id: z.string().nullish(),
  summary: z.array(text).nullish(),
  content: z.array(text).nullish(),
  encrypted_content: z.string().nullish(),
})

function addReasoning(
  one: z.infer<typeof item>,
  path: string,
  talk: Conversation,
  translation: Translation,
): void {
  const { id, summary, content: full, encrypted_content: opaque } = readBody(reasoning, one, path)
  translation.loseOthers(one, [...ANSWER_FIELDS, ...Object.keys(reasoning.shape)], path)
  const native: ProviderMetadata = opaque
    ? { openai: { reasoningEncryptedContent: opaque, ...(id ? { itemId: id } : {}) } }
    : {}
  const metadata = unseal(opaque ?? '') ?? native
  const isKept = isTheirs(metadata, opaque ?? '', translation.to)
  const field = full && full.length > 0 ? 'content' : 'summary'
  const words = (field === 'content' ? full : summary)?.map((part) => part.text).join('\n\n') ?? ''
  if (!isKept && opaque) translation.carries(`${path}.encrypted_content`)
  if (!isKept && (words === '' || !translation.carries(`${path}.${field}`))) return
  talk.assistant({
    type: 'reasoning',
    text: words,
    ...optionsOf(isKept ? metadata : undefined),
  })
}

const call = z.looseObject({
  call_id: z.string(),
  name: z.string(),
  namespace: z.string().nullish(),
  arguments: z.string().optional(),
  input: z.string().optional(),
})

function addCall(
  one: z.infer<typeof item>,
  path: string,
  talk: Conversation,
  translation: Translation,
): void {
  const { call_id: id, name, namespace, arguments: args, input } = readBody(call, one, path)
  translation.loseOthers(one, [...ANSWER_FIELDS, ...Object.keys(call.shape)], path)
  const given = one.type === 'custom_tool_call' ? { input: input ?? '' } : argumentsOf(args ?? '')
  if (given === null) translation.lose(`${path}.arguments`)
  talk.toolCall(id, nameForModel(name, namespace), given ?? { invalid: args })
}

const output = z.looseObject({ call_id: z.string(), output: content })

function addOutput(
  one: z.infer<typeof item>,
  path: string,
  talk: Conversation,
  translation: Translation,
): void {
  const result = readBody(output, one, path)
  translation.loseOthers(one, [...ANSWER_FIELDS, 'call_id', 'output', 'name'], path)
  const parts: ToolOutputContent = partsOf(result.output, `${path}.output`, translation)
  talk.toolResult(result.call_id, outputOf(parts, false), `${path}.call_id`)
}
