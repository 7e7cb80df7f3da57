import type { SharedV4ProviderOptions } from '@ai-sdk/provider'
import { z } from 'zod'
import { isTheirs, type ProviderMetadata, unseal } from '../carried-metadata.ts'
import {
  type Conversation,
  conversation,
  optionsOf,
  outputOf,
  type ToolOutputContent,
  type UserParts,
} from '../conversation.ts'
import type { CanonicalRequest, JsonObject, Parsed } from '../dialect.ts'
import { effortOf, effortOfBudget } from '../effort.ts'
import { type FilePart, fileOfUrl, fileOrNote } from '../media.ts'
import { readBody } from '../read-body.ts'
import { commonOptions, given, jsonSchema, type ToolList } from '../request-options.ts'
import type { Translation } from '../translation.ts'

const cacheControl = z.looseObject({ type: z.literal('ephemeral'), ttl: z.string().optional() })
const marked = { cache_control: cacheControl.nullish() }
const block = z.looseObject({ type: z.string() })
const textBlock = z.looseObject({ type: z.literal('text'), text: z.string(), ...marked })
const content = z.union([z.string(), z.array(block)])

const source = z.discriminatedUnion('type', [
  z.object({ type: z.literal('base64'), media_type: z.string(), data: z.string() }),
  z.object({ type: z.literal('url'), url: z.string() }),
  z.object({ type: z.literal('text'), media_type: z.string().optional(), data: z.string() }),
  z.object({ type: z.literal('file'), file_id: z.string() }),
  z.object({ type: z.literal('content'), content }),
])

const body = z.looseObject({
  messages: z.array(z.looseObject({ role: z.enum(['user', 'assistant', 'system']), content })),
  system: z.union([z.string(), z.array(textBlock)]).nullish(),
  max_tokens: z.number().optional(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  top_k: z.number().nullish(),
  stop_sequences: z.array(z.string()).nullish(),
  tools: z.array(z.looseObject({ type: z.string().nullish(), name: z.string() })).nullish(),
  tool_choice: z
    .looseObject({
      type: z.enum(['auto', 'any', 'tool', 'none']),
      name: z.string().optional(),
      disable_parallel_tool_use: z.boolean().nullish(),
    })
    .nullish(),
  thinking: z.looseObject({ type: z.string(), budget_tokens: z.number().nullish() }).nullish(),
  output_config: z
    .looseObject({ effort: z.string().nullish(), format: z.unknown().optional() })
    .nullish(),
  output_format: z.unknown().optional(),
  ...marked,
})
type Body = z.infer<typeof body>

const KNOWN = [...Object.keys(body.shape), 'model', 'stream']

/** @throws Failure `input.invalid` naming what the Messages API does not allow. */
export function parseAnthropic(json: JsonObject, translation: Translation): Parsed {
  const request = readBody(body, json)
  translation.loseOthers(request, KNOWN)
  const talk = conversation(translation)
  addSystem(request.system, talk, translation)
  request.messages.forEach((message, index) => {
    addMessage(message, `messages[${index}]`, talk, translation)
  })
  return {
    request: {
      prompt: talk.prompt,
      ...given({
        maxOutputTokens: request.max_tokens,
        temperature: request.temperature ?? undefined,
        topP: request.top_p ?? undefined,
        topK: carried(request.top_k, 'top_k', translation),
        stopSequences: carried(request.stop_sequences, 'stop_sequences', translation),
        tools: toolsOf(request.tools, translation),
        toolChoice: toolChoiceOf(request.tool_choice),
        responseFormat: formatOf(request, translation),
        reasoning: reasoningOf(request, translation),
      }),
      ...commonOptions(translation.to, {
        cacheMark: markOf(request, '', translation),
        parallelToolCalls: parallelOf(request.tool_choice, translation),
        thoughts: isThinking(request),
      }),
    },
    lost: translation.lost,
  }
}

function carried<T>(value: T, path: string, translation: Translation): NonNullable<T> | undefined {
  return value !== undefined && value !== null && translation.carries(path) ? value : undefined
}

/** A mark that the prompt may be cached up to here, for a provider that wants to be told. */
function markOf(
  marks: { readonly cache_control?: z.infer<typeof cacheControl> | null | undefined },
  path: string,
  translation: Translation,
): SharedV4ProviderOptions | undefined {
  if (!marks.cache_control) return undefined
  if (!translation.carries(path === '' ? 'cache_control' : `${path}.cache_control`)) {
    return undefined
  }
  const { type, ttl } = marks.cache_control
  return { anthropic: { cacheControl: ttl === undefined ? { type } : { type, ttl } } }
}

function addSystem(system: Body['system'], talk: Conversation, translation: Translation): void {
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

function addMessage(
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

function userParts(piece: z.infer<typeof block>, path: string, translation: Translation) {
  switch (piece.type) {
    case 'text': {
      const { text, ...rest } = readBody(textBlock, piece, path)
      translation.loseOthers(rest, ['type', 'cache_control'], path)
      return [{ type: 'text' as const, text, ...optionsOf(markOf(rest, path, translation)) }]
    }
    case 'image':
    case 'document': {
      const file = readBody(z.looseObject({ type: z.string(), source, ...marked }), piece, path)
      translation.loseOthers(file, ['type', 'source', 'cache_control'], path)
      const mark = optionsOf(markOf(file, path, translation))
      return partsOfSource(file, path, translation).map((part) => ({ ...part, ...mark }))
    }
    default:
      translation.lose(`${path}.type`)
      return []
  }
}

function partsOfSource(
  file: { readonly type: string; readonly source: z.infer<typeof source> },
  path: string,
  translation: Translation,
): UserParts {
  const at = `${path}.source`
  const fallback = file.type === 'image' ? 'image/jpeg' : 'application/pdf'
  switch (file.source.type) {
    case 'text':
      return [{ type: 'text', text: file.source.data }]
    case 'content': {
      const { content: inner } = file.source
      if (typeof inner === 'string') return [{ type: 'text', text: inner }]
      return inner.flatMap((piece, index) =>
        userParts(piece, `${at}.content[${index}]`, translation),
      )
    }
    case 'base64': {
      const { media_type: mediaType, data } = file.source
      return [
        fileOrNote({ type: 'file', mediaType, data: { type: 'data', data } }, at, translation),
      ]
    }
    case 'url': {
      const part = fileOfUrl(file.source.url, fallback)
      if (part !== null) return [fileOrNote(part, at, translation)]
      translation.lose(at)
      return []
    }
    case 'file': {
      const reference = { anthropic: file.source.file_id }
      const part: FilePart = {
        type: 'file',
        mediaType: fallback,
        data: { type: 'reference', reference },
      }
      return [fileOrNote(part, at, translation)]
    }
  }
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

const customTool = z.looseObject({
  name: z.string(),
  description: z.string().nullish(),
  input_schema: jsonSchema,
  strict: z.boolean().nullish(),
  input_examples: z.array(z.record(z.string(), z.json())).nullish(),
  ...marked,
})

function toolsOf(tools: Body['tools'], translation: Translation): ToolList | undefined {
  const list = tools?.flatMap((tool, index): ToolList => {
    const path = `tools[${index}]`
    if (tool.type && tool.type !== 'custom') {
      translation.lose(`${path}.type`)
      return []
    }
    const custom = readBody(customTool, tool, path)
    translation.loseOthers(custom, ['type', ...Object.keys(customTool.shape)], path)
    const examples = carried(custom.input_examples, `${path}.input_examples`, translation)
    return [
      {
        type: 'function',
        name: custom.name,
        inputSchema: custom.input_schema,
        ...given({
          description: custom.description ?? undefined,
          strict: carried(custom.strict || null, `${path}.strict`, translation),
          inputExamples: examples?.map((input) => ({ input })),
        }),
        ...optionsOf(markOf(custom, path, translation)),
      },
    ]
  })
  return list === undefined || list.length === 0 ? undefined : list
}

function parallelOf(choice: Body['tool_choice'], translation: Translation): boolean | undefined {
  const isDisabled = choice?.disable_parallel_tool_use
  if (isDisabled === undefined || isDisabled === null) return undefined
  return translation.carries('tool_choice.disable_parallel_tool_use') ? !isDisabled : undefined
}

function toolChoiceOf(choice: Body['tool_choice']): CanonicalRequest['toolChoice'] {
  switch (choice?.type) {
    case 'auto':
    case 'none':
      return { type: choice.type }
    case 'any':
      return { type: 'required' }
    case 'tool':
      return choice.name === undefined
        ? { type: 'required' }
        : { type: 'tool', toolName: choice.name }
    case undefined:
      return undefined
  }
}

const format = z.looseObject({ type: z.literal('json_schema'), schema: jsonSchema })

function formatOf(request: Body, translation: Translation): CanonicalRequest['responseFormat'] {
  const config = request.output_config
  if (config) translation.loseOthers(config, ['effort', 'format'], 'output_config')
  const path = request.output_format ? 'output_format' : 'output_config.format'
  const value = request.output_format ?? config?.format
  if (value === undefined || value === null) return undefined
  return { type: 'json', schema: readBody(format, value, path).schema }
}

function isThinking({ thinking }: Body): boolean {
  return thinking !== undefined && thinking !== null && thinking.type !== 'disabled'
}

function reasoningOf(request: Body, translation: Translation): CanonicalRequest['reasoning'] {
  const { thinking } = request
  if (thinking) translation.loseOthers(thinking, ['type', 'budget_tokens'], 'thinking')
  const effort = effortOf(request.output_config?.effort)
  if (thinking?.type === 'disabled') return 'none'
  if (typeof thinking?.budget_tokens === 'number') {
    translation.carries('thinking.budget_tokens')
    return effort ?? effortOfBudget(thinking.budget_tokens)
  }
  return effort ?? (isThinking(request) ? 'high' : undefined)
}
