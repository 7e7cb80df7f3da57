import { z } from 'zod'
import { Failure } from '../../../../core/failure.ts'
import { answerObserver } from '../answer-observer.ts'
import { EVENTS_TYPE, JSON_TYPE } from '../answer-text.ts'
import { pathAndQuery } from '../credentials.ts'
import type { Dialect, JsonObject } from '../dialect.ts'
import { refuseOpenai } from '../openai/openai-errors.ts'
import {
  openaiHeaders,
  openaiKeyOf,
  readOpenaiModels,
  writeOpenaiModel,
  writeOpenaiModels,
} from '../openai/openai-models.ts'
import { readBody } from '../read-body.ts'
import { translation } from '../translation.ts'
import { parseResponses } from './parse-responses.ts'
import { responsesReader } from './read-responses.ts'
import { renamedTools } from './responses-tools.ts'
import { writeResponses } from './write-responses.ts'

const NAME = 'openai-responses'
const PATH = '/v1/responses'
const COUNT = '/v1/responses/input_tokens'
const ENCRYPTED = 'reasoning.encrypted_content'

/** What needs a memory of earlier calls, which a gateway that can be replayed has not. */
const STATEFUL = ['previous_response_id', 'conversation', 'background', 'prompt'] as const

const head = z.looseObject({
  model: z.string(),
  stream: z.boolean().nullish(),
  max_output_tokens: z.number().nullish(),
  input: z.unknown().optional(),
  tools: z.unknown().optional(),
})

/** @see https://platform.openai.com/docs/api-reference/responses */
export const openaiResponses: Dialect = {
  name: NAME,
  forwardedHeaders: ['openai-beta'],

  read(method, target, body) {
    const path = pathAndQuery(target).path.replace(/^\/responses/, PATH)
    const models = readOpenaiModels(method, path)
    if (models !== null) return models
    if (method !== 'POST' || (path !== PATH && path !== COUNT)) return null
    refuseState(body)
    const request = readBody(head, body)
    if (path === COUNT) {
      return { kind: 'count-tokens', model: request.model, stream: false, maxOutputTokens: null }
    }
    const renamed = renamedTools(request.tools)
    return {
      kind: 'generate',
      model: request.model,
      stream: request.stream === true,
      maxOutputTokens: request.max_output_tokens ?? null,
      ...(Object.keys(renamed).length === 0 ? {} : { renamedTools: renamed }),
    }
  },

  keyOf: openaiKeyOf,

  forProvider(call, body: JsonObject, model) {
    if (call.kind === 'count-tokens') return { path: COUNT, members: { model } }
    if (body.store === false) return { path: PATH, members: { model } }
    // An agent that counts on what is stored hands reasoning back by its id; without a store it
    // needs the reasoning itself.
    const include = Array.isArray(body.include) ? body.include : []
    const wanted = include.includes(ENCRYPTED) ? include : [...include, ENCRYPTED]
    return { path: PATH, members: { model, store: false, include: wanted } }
  },

  providerHeaders: openaiHeaders,
  parse: (_call, body, to = null) => parseResponses(body, translation(NAME, to)),
  write: writeResponses,
  contentType: ({ stream }) => (stream ? EVENTS_TYPE : JSON_TYPE),
  writeCount: (inputTokens) =>
    JSON.stringify({ object: 'response.input_tokens', input_tokens: inputTokens }),
  writeModels: writeOpenaiModels,
  writeModel: writeOpenaiModel,
  refuse: refuseOpenai,
  observe: (call) => answerObserver(call, responsesReader),
}

function refuseState(body: JsonObject): void {
  for (const field of STATEFUL) {
    const value = body[field]
    if (value === undefined || value === null || value === false) continue
    throw new Failure(
      'input.invalid',
      `${field} is not supported: answers are not stored here; send the whole input with each request`,
    )
  }
  const items = Array.isArray(body.input) ? body.input : []
  const at = items.findIndex((item: unknown) => itemReference.safeParse(item).success)
  if (at >= 0) {
    throw new Failure(
      'input.invalid',
      `input[${at}]: item_reference is not supported: answers are not stored here; send the item itself`,
    )
  }
}

const itemReference = z.looseObject({ type: z.literal('item_reference') })
