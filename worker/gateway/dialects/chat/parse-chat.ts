import { z } from 'zod'
import { conversation } from '../conversation.ts'
import type { CanonicalRequest, JsonObject, Parsed } from '../dialect.ts'
import { effortOf } from '../effort.ts'
import { readBody } from '../read-body.ts'
import { commonOptions, given, jsonSchema } from '../request-options.ts'
import type { Translation } from '../translation.ts'
import { type Body, body } from './chat-body.ts'
import { addMessage } from './chat-prompt.ts'
import { toolChoiceOf, toolsOf } from './chat-tools.ts'

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
