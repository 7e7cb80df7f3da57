import { z } from 'zod'
import { Failure } from '../../../../core/failure.ts'
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
import {
  commonOptions,
  given,
  jsonSchema,
  TEXT_TOOL_SCHEMA,
  type ToolList,
} from '../request-options.ts'
import type { Translation } from '../translation.ts'

const piece = z.looseObject({ type: z.string() })
const content = z.union([z.string(), z.array(piece)])
const toolCall = z.looseObject({
  id: z.string(),
  function: z.looseObject({ name: z.string(), arguments: z.string() }).optional(),
  custom: z.looseObject({ name: z.string(), input: z.string() }).optional(),
})

const message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: content.nullish(),
  name: z.string().nullish(),
  refusal: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  tool_calls: z.array(toolCall).nullish(),
  tool_call_id: z.string().optional(),
})

const body = z.looseObject({
  messages: z.array(message),
  max_tokens: z.number().nullish(),
  max_completion_tokens: z.number().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  top_k: z.number().nullish(),
  seed: z.number().nullish(),
  frequency_penalty: z.number().nullish(),
  presence_penalty: z.number().nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  tools: z.array(piece).nullish(),
  tool_choice: z.union([z.string(), piece]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: piece.nullish(),
  reasoning_effort: z.string().nullish(),
  user: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  prompt_cache_key: z.string().nullish(),
  service_tier: z.string().nullish(),
  verbosity: z.string().nullish(),
})
type Body = z.infer<typeof body>

// `stream_options` is no loss: the answer is written as they say.
const KNOWN = [...Object.keys(body.shape), 'model', 'stream', 'stream_options']

/** @throws Failure `input.invalid` naming what Chat Completions does not allow. */
export function parseChat(json: JsonObject, translation: Translation): Parsed {
  const request = readBody(body, json)
  // One answer is what every dialect gives.
  translation.loseOthers(request, request.n === 1 ? [...KNOWN, 'n'] : KNOWN)
  const talk = conversation(translation)
  request.messages.forEach((one, index) => {
    addMessage(one, `messages[${index}]`, talk, translation)
  })
  const kept = <Key extends keyof Body & string>(key: Key) => {
    const value = request[key]
    return value !== undefined && value !== null && translation.carries(key) ? value : undefined
  }
  const stop = kept('stop')
  return {
    request: {
      prompt: talk.prompt,
      ...given({
        maxOutputTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
        temperature: request.temperature ?? undefined,
        topP: request.top_p ?? undefined,
        topK: kept('top_k'),
        seed: kept('seed'),
        frequencyPenalty: kept('frequency_penalty'),
        presencePenalty: kept('presence_penalty'),
        stopSequences: typeof stop === 'string' ? [stop] : stop,
        tools: toolsOf(request.tools, translation),
        toolChoice: toolChoiceOf(request.tool_choice, translation),
        reasoning: effortOf(request.reasoning_effort),
      }),
      ...formatOf(request.response_format, translation),
      ...commonOptions(translation.to, {
        parallelToolCalls: kept('parallel_tool_calls'),
        user: kept('user'),
        metadata: kept('metadata'),
        promptCacheKey: kept('prompt_cache_key'),
        serviceTier: kept('service_tier'),
        verbosity: kept('verbosity'),
        strictSchema: strictnessOf(request.response_format, translation),
      }),
    },
    lost: translation.lost,
  }
}

function addMessage(
  one: z.infer<typeof message>,
  path: string,
  talk: Conversation,
  translation: Translation,
): void {
  translation.loseOthers(one, Object.keys(message.shape), path)
  if (one.name && one.role !== 'tool') translation.carries(`${path}.name`)
  const pieces = typeof one.content === 'string' ? [textOf(one.content)] : (one.content ?? [])
  const parts = pieces.flatMap((part, index) =>
    userParts(part, `${path}.content[${index}]`, translation),
  )
  switch (one.role) {
    case 'system':
    case 'developer': {
      const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))
      const mark = parts.findLast((part) => part.providerOptions !== undefined)?.providerOptions
      talk.system(texts.join('\n\n'), `${path}.role`, mark)
      return
    }
    case 'user':
      talk.user(parts)
      return
    case 'assistant':
      addAnswer(one, parts, path, talk, translation)
      return
    case 'tool': {
      if (one.tool_call_id === undefined) {
        throw new Failure('input.invalid', `${path}.tool_call_id: missing`)
      }
      const output: ToolOutputContent = parts
      const mark = parts.findLast((part) => part.providerOptions !== undefined)?.providerOptions
      const at = `${path}.tool_call_id`
      talk.toolResult(one.tool_call_id, outputOf(output, false), at, mark)
      return
    }
  }
}

function addAnswer(
  one: z.infer<typeof message>,
  parts: UserParts,
  path: string,
  talk: Conversation,
  translation: Translation,
): void {
  if (one.reasoning_content && translation.carries(`${path}.reasoning_content`)) {
    talk.assistant({ type: 'reasoning', text: one.reasoning_content })
  }
  for (const part of parts) if (part.type !== 'text' || part.text !== '') talk.assistant(part)
  if (one.refusal) talk.assistant({ type: 'text', text: one.refusal })
  for (const [index, call] of (one.tool_calls ?? []).entries()) {
    const at = `${path}.tool_calls[${index}]`
    if (call.custom !== undefined) {
      talk.toolCall(call.id, call.custom.name, { input: call.custom.input })
      continue
    }
    if (call.function === undefined) {
      throw new Failure('input.invalid', `${at}: neither a function's call nor a custom tool's`)
    }
    const { name, arguments: text } = call.function
    const input = argumentsOf(text)
    if (input === null) translation.lose(`${at}.function.arguments`)
    talk.toolCall(call.id, name, input ?? { invalid: text })
  }
}

function textOf(text: string) {
  return { type: 'text', text }
}

const text = z.looseObject({
  text: z.string(),
  cache_control: z.object({ type: z.literal('ephemeral'), ttl: z.string().optional() }).nullish(),
})
const image = z.looseObject({
  image_url: z.union([
    z.string(),
    z.looseObject({ url: z.string(), detail: z.string().nullish() }),
  ]),
})
const audio = z.looseObject({
  input_audio: z.looseObject({ data: z.string(), format: z.string() }),
})
const file = z.looseObject({
  file: z.looseObject({
    file_data: z.string().optional(),
    file_id: z.string().optional(),
    filename: z.string().optional(),
  }),
})

function userParts(part: z.infer<typeof piece>, path: string, translation: Translation): UserParts {
  switch (part.type) {
    case 'text': {
      const { text: words, cache_control: mark } = readBody(text, part, path)
      translation.loseOthers(part, ['type', 'text', 'cache_control'], path)
      const isMarked = mark && translation.carries(`${path}.cache_control`)
      const options = isMarked ? { anthropic: { cacheControl: given(mark) } } : {}
      return [{ type: 'text', text: words, ...optionsOf(options) }]
    }
    case 'refusal':
      return [{ type: 'text', text: readBody(z.object({ refusal: z.string() }), part).refusal }]
    case 'image_url': {
      const { image_url: given } = readBody(image, part, path)
      const { url, detail } = typeof given === 'string' ? { url: given, detail: null } : given
      const isKept = detail && translation.carries(`${path}.image_url.detail`)
      const options = optionsOf(isKept ? { openai: { imageDetail: detail } } : {})
      return fileParts(fileOfUrl(url, 'image/jpeg'), `${path}.image_url`, translation).map(
        (one) => ({ ...one, ...options }),
      )
    }
    case 'input_audio': {
      const { data, format } = readBody(audio, part, path).input_audio
      const mediaType = format === 'mp3' ? 'audio/mpeg' : `audio/${format}`
      const sound: FilePart = { type: 'file', mediaType, data: { type: 'data', data } }
      return fileParts(sound, `${path}.input_audio`, translation)
    }
    case 'file': {
      const { file_data: url, file_id: id, filename } = readBody(file, part, path).file
      const found: FilePart | null =
        url !== undefined ? fileOfUrl(url, 'application/pdf') : referenceOf(id)
      const named = found !== null && filename !== undefined ? { ...found, filename } : found
      return fileParts(named, `${path}.file`, translation)
    }
    default:
      translation.lose(`${path}.type`)
      return []
  }
}

function referenceOf(id: string | undefined): FilePart | null {
  if (id === undefined) return null
  const data = { type: 'reference' as const, reference: { openai: id } }
  return { type: 'file', mediaType: 'application/pdf', data }
}

function fileParts(found: FilePart | null, path: string, translation: Translation): UserParts {
  if (found !== null) return [fileOrNote(found, path, translation)]
  throw new Failure('input.invalid', `${path}: neither a URL nor the id of a file`)
}

const functionTool = z.looseObject({
  function: z.looseObject({
    name: z.string(),
    description: z.string().nullish(),
    parameters: jsonSchema.nullish(),
    strict: z.boolean().nullish(),
  }),
})
const customTool = z.looseObject({
  custom: z.looseObject({
    name: z.string(),
    description: z.string().nullish(),
    format: z.unknown().optional(),
  }),
})

function toolsOf(tools: Body['tools'], translation: Translation): ToolList | undefined {
  const list = tools?.flatMap((tool, index): ToolList => {
    const path = `tools[${index}]`
    if (tool.type === 'function') {
      const { name, description, parameters, strict } = readBody(functionTool, tool, path).function
      const isStrict = strict === true && translation.carries(`${path}.function.strict`)
      return [
        {
          type: 'function',
          name,
          inputSchema: parameters ?? { type: 'object', properties: {} },
          ...given({
            description: description ?? undefined,
            strict: isStrict || undefined,
          }),
        },
      ]
    }
    if (tool.type === 'custom') {
      const { name, description, format } = readBody(customTool, tool, path).custom
      if (format !== undefined) translation.lose(`${path}.custom.format`)
      const inputSchema = TEXT_TOOL_SCHEMA
      return [
        {
          type: 'function',
          name,
          inputSchema,
          ...given({ description: description ?? undefined }),
        },
      ]
    }
    translation.lose(`${path}.type`)
    return []
  })
  return list === undefined || list.length === 0 ? undefined : list
}

const named = z.looseObject({ name: z.string() })
const oneTool = z.looseObject({ function: named.optional(), custom: named.optional() })
const allowed = z.looseObject({ allowed_tools: z.looseObject({ mode: z.string() }) })

function toolChoiceOf(
  choice: Body['tool_choice'],
  translation: Translation,
): CanonicalRequest['toolChoice'] {
  if (choice === undefined || choice === null) return undefined
  if (typeof choice === 'string') {
    return { type: readBody(z.enum(['auto', 'none', 'required']), choice, 'tool_choice') }
  }
  if (choice.type === 'allowed_tools') {
    translation.lose('tool_choice.allowed_tools')
    const { mode } = readBody(allowed, choice, 'tool_choice').allowed_tools
    return { type: mode === 'required' ? 'required' : 'auto' }
  }
  const { function: called, custom } = readBody(oneTool, choice, 'tool_choice')
  const toolName = (called ?? custom)?.name
  return toolName === undefined ? { type: 'required' } : { type: 'tool', toolName }
}

const format = z.looseObject({
  json_schema: z.looseObject({
    name: z.string().optional(),
    description: z.string().optional(),
    schema: jsonSchema.optional(),
    strict: z.boolean().nullish(),
  }),
})

function formatOf(
  value: Body['response_format'],
  translation: Translation,
): Pick<CanonicalRequest, 'responseFormat'> {
  if (value?.type === 'json_object') {
    if (!translation.carries('response_format.type')) return {}
    return { responseFormat: { type: 'json' } }
  }
  if (value?.type !== 'json_schema') return {}
  const { name, description, schema } = readBody(format, value, 'response_format').json_schema
  const isNamed = name !== undefined && translation.carries('response_format.json_schema.name')
  return {
    responseFormat: {
      type: 'json',
      ...given({ schema, description, name: isNamed ? name : undefined }),
    },
  }
}

function strictnessOf(
  value: Body['response_format'],
  translation: Translation,
): boolean | undefined {
  if (value?.type !== 'json_schema') return undefined
  const { strict } = readBody(format, value, 'response_format').json_schema
  if (strict === undefined || strict === null) return false
  return translation.carries('response_format.json_schema.strict') ? strict : undefined
}
