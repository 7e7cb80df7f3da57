import { z } from 'zod'
import { conversation } from '../conversation.ts'
import type { CanonicalRequest, JsonObject, Parsed } from '../dialect.ts'
import { effortOf } from '../effort.ts'
import { readBody } from '../read-body.ts'
import { commonOptions, given, jsonSchema, type ToolList } from '../request-options.ts'
import type { Translation } from '../translation.ts'
import { type Body, body } from './responses-body.ts'
import { addInput } from './responses-prompt.ts'
import { nameForModel, portableTools } from './responses-tools.ts'

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
