import { z } from 'zod'
import { conversation } from '../conversation.ts'
import type { CanonicalRequest, JsonObject, Parsed } from '../dialect.ts'
import { effortOf, effortOfBudget } from '../effort.ts'
import { readBody } from '../read-body.ts'
import { commonOptions, given, jsonSchema } from '../request-options.ts'
import { carried, type Translation } from '../translation.ts'
import { type Body, body } from './anthropic-body.ts'
import { markOf } from './anthropic-parts.ts'
import { addMessage, addSystem } from './anthropic-prompt.ts'
import { parallelOf, toolChoiceOf, toolsOf } from './anthropic-tools.ts'

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
