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
import { effortOf } from '../effort.ts'
import { type FilePart, fileOfUrl, fileOrNote } from '../media.ts'
import { argumentsOf, readBody } from '../read-body.ts'
import { commonOptions, given, jsonSchema, type ToolList } from '../request-options.ts'
import type { Translation } from '../translation.ts'
import { nameForModel, portableTools } from './responses-tools.ts'

const item = z.looseObject({ type: z.string().optional(), role: z.string().optional() })
const piece = z.looseObject({ type: z.string() })
const content = z.union([z.string(), z.array(piece)])

const body = z.looseObject({
  input: z.union([z.string(), z.array(item)]).nullish(),
  instructions: z.string().nullish(),
  max_output_tokens: z.number().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  tools: z.array(piece).nullish(),
  tool_choice: z.union([z.string(), piece]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  reasoning: z
    .looseObject({ effort: z.string().nullish(), summary: z.string().nullish() })
    .nullish(),
  text: z.looseObject({ format: piece.nullish(), verbosity: z.string().nullish() }).nullish(),
  store: z.boolean().nullish(),
  include: z.array(z.string()).nullish(),
  user: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  prompt_cache_key: z.string().nullish(),
  service_tier: z.string().nullish(),
})
type Body = z.infer<typeof body>

const KNOWN = [...Object.keys(body.shape), 'model', 'stream']

/** @throws Failure `input.invalid` naming what the Responses API does not allow. */
export function parseResponses(json: JsonObject, translation: Translation): Parsed {
  const request = readBody(body, json)
  translation.loseOthers(request, KNOWN)
  if (request.store === true) translation.lose('store')
  request.include?.forEach((wanted, index) => {
    if (wanted !== 'reasoning.encrypted_content') translation.lose(`include[${index}]`)
  })
  const talk = conversation(translation)
  if (request.instructions) talk.system(request.instructions, 'instructions')
  addInput(request.input, talk, translation)
  const kept = <Key extends keyof Body & string>(key: Key) => {
    const value = request[key]
    return value !== undefined && value !== null && translation.carries(key) ? value : undefined
  }
  const wantsThoughts =
    Boolean(request.reasoning?.summary) && translation.carries('reasoning.summary')
  return {
    request: {
      prompt: talk.prompt,
      ...given({
        maxOutputTokens: request.max_output_tokens ?? undefined,
        temperature: request.temperature ?? undefined,
        topP: request.top_p ?? undefined,
        tools: toolsOf(request.tools, translation),
        toolChoice: toolChoiceOf(request.tool_choice, translation),
        reasoning: effortOf(request.reasoning?.effort),
      }),
      ...formatOf(request.text, translation),
      ...commonOptions(translation.to, {
        parallelToolCalls: kept('parallel_tool_calls'),
        thoughts: wantsThoughts,
        user: kept('user'),
        metadata: kept('metadata'),
        promptCacheKey: kept('prompt_cache_key'),
        serviceTier: kept('service_tier'),
        verbosity: verbosityOf(request.text, translation),
        strictSchema: strictnessOf(request.text, translation),
      }),
    },
    lost: translation.lost,
  }
}

function addInput(input: Body['input'], talk: Conversation, translation: Translation): void {
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

function partsOf(
  pieces: z.infer<typeof content>,
  path: string,
  translation: Translation,
): UserParts {
  if (typeof pieces === 'string') return [{ type: 'text', text: pieces }]
  return pieces.flatMap((one, index) => partsOfPiece(one, `${path}[${index}]`, translation))
}

const text = z.looseObject({ text: z.string() })
const media = z.looseObject({
  image_url: z.string().nullish(),
  file_url: z.string().nullish(),
  file_data: z.string().nullish(),
  file_id: z.string().nullish(),
  filename: z.string().nullish(),
  detail: z.string().nullish(),
})

function partsOfPiece(
  one: z.infer<typeof piece>,
  path: string,
  translation: Translation,
): UserParts {
  switch (one.type) {
    case 'input_text':
    case 'output_text':
      return [{ type: 'text', text: readBody(text, one, path).text }]
    case 'refusal':
      return [
        { type: 'text', text: readBody(z.object({ refusal: z.string() }), one, path).refusal },
      ]
    case 'input_image':
    case 'input_file': {
      const { filename, detail, ...rest } = readBody(media, one, path)
      const fallback = one.type === 'input_image' ? 'image/jpeg' : 'application/pdf'
      const found = fileOf(rest, fallback)
      if (found === null) {
        translation.lose(`${path}.type`)
        return []
      }
      const isDetailKept = detail && translation.carries(`${path}.detail`)
      const part = fileOrNote(
        filename ? { ...found.file, filename } : found.file,
        `${path}.${found.field}`,
        translation,
      )
      const options = optionsOf(isDetailKept ? { openai: { imageDetail: detail } } : {})
      return [{ ...part, ...options }]
    }
    default:
      translation.lose(`${path}.type`)
      return []
  }
}

function fileOf(
  { image_url, file_data, file_url, file_id }: z.infer<typeof media>,
  fallbackType: string,
): { field: string; file: FilePart } | null {
  const byUrl = { image_url, file_data, file_url }
  for (const [field, url] of Object.entries(byUrl)) {
    const file = url ? fileOfUrl(url, fallbackType) : null
    if (file !== null) return { field, file }
  }
  if (!file_id) return null
  const data = { type: 'reference' as const, reference: { openai: file_id } }
  return { field: 'file_id', file: { type: 'file', mediaType: fallbackType, data } }
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

function toolsOf(tools: Body['tools'], translation: Translation): ToolList | undefined {
  const list = portableTools(tools, (path) => translation.lose(path)).map((tool) => {
    const { path, raw, strict, kind } = tool
    const known = ['type', 'name', 'description', 'parameters', 'strict']
    translation.loseOthers(raw, known, path)
    const isStrict = strict === true && kind === 'function'
    return {
      type: 'function' as const,
      name: tool.nameForModel,
      inputSchema: tool.schema,
      ...given({
        description: tool.description,
        strict: (isStrict && translation.carries(`${path}.strict`)) || undefined,
      }),
    }
  })
  return list.length === 0 ? undefined : list
}

const named = z.looseObject({ name: z.string(), namespace: z.string().nullish() })

function toolChoiceOf(
  choice: Body['tool_choice'],
  translation: Translation,
): CanonicalRequest['toolChoice'] {
  if (choice === undefined || choice === null) return undefined
  if (typeof choice === 'string') {
    return { type: readBody(z.enum(['auto', 'none', 'required']), choice, 'tool_choice') }
  }
  if (choice.type === 'function' || choice.type === 'custom') {
    const { name, namespace } = readBody(named, choice, 'tool_choice')
    return { type: 'tool', toolName: nameForModel(name, namespace) }
  }
  translation.lose('tool_choice')
  return undefined
}

const format = z.looseObject({
  name: z.string().optional(),
  description: z.string().nullish(),
  schema: jsonSchema.optional(),
  strict: z.boolean().nullish(),
})

function formatOf(
  value: Body['text'],
  translation: Translation,
): Pick<CanonicalRequest, 'responseFormat'> {
  if (value) translation.loseOthers(value, ['format', 'verbosity'], 'text')
  if (value?.format?.type === 'json_object') {
    if (!translation.carries('text.format.type')) return {}
    return { responseFormat: { type: 'json' } }
  }
  if (value?.format?.type !== 'json_schema') return {}
  const { name, description, schema } = readBody(format, value.format, 'text.format')
  const isNamed = name !== undefined && translation.carries('text.format.name')
  return {
    responseFormat: {
      type: 'json',
      ...given({
        schema,
        description: description ?? undefined,
        name: isNamed ? name : undefined,
      }),
    },
  }
}

function verbosityOf(value: Body['text'], translation: Translation): string | undefined {
  const verbosity = value?.verbosity
  return verbosity && translation.carries('text.verbosity') ? verbosity : undefined
}

function strictnessOf(value: Body['text'], translation: Translation): boolean | undefined {
  if (value?.format?.type !== 'json_schema') return undefined
  const { strict } = readBody(format, value.format, 'text.format')
  if (strict === undefined || strict === null) return false
  return translation.carries('text.format.strict') ? strict : undefined
}
