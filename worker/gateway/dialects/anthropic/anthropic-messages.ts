import { z } from 'zod'
import { answerObserver } from '../answer-observer.ts'
import { EVENTS_TYPE, JSON_TYPE } from '../answer-text.ts'
import { bearerOf, headerOf, pathAndQuery } from '../credentials.ts'
import type { Dialect } from '../dialect.ts'
import { modelsCall } from '../models-call.ts'
import { readBody } from '../read-body.ts'
import { translation } from '../translation.ts'
import { refuseAnthropic } from './anthropic-errors.ts'
import { parseAnthropic } from './parse-anthropic.ts'
import { anthropicReader } from './read-anthropic.ts'
import { writeAnthropic } from './write-anthropic.ts'

const NAME = 'anthropic-messages'
const MESSAGES = '/v1/messages'
const COUNT = '/v1/messages/count_tokens'
const LISTING = /^\/v1\/models(\/.+|)$/

const head = z.looseObject({
  model: z.string(),
  stream: z.boolean().nullish(),
  max_tokens: z.number().nullish(),
})

/** @see https://docs.anthropic.com/en/api/messages */
export const anthropicMessages: Dialect = {
  name: NAME,
  forwardedHeaders: ['anthropic-version', 'anthropic-beta'],

  read(method, target, body) {
    const { path } = pathAndQuery(target)
    const [, listed] = LISTING.exec(path) ?? []
    if (method === 'GET' && listed !== undefined) return modelsCall(listed)
    if (method !== 'POST' || (path !== MESSAGES && path !== COUNT)) return null
    const { model, stream, max_tokens: maxOutputTokens } = readBody(head, body)
    if (path === COUNT) {
      return { kind: 'count-tokens', model, stream: false, maxOutputTokens: null }
    }
    return {
      kind: 'generate',
      model,
      stream: stream === true,
      maxOutputTokens: maxOutputTokens ?? null,
    }
  },

  keyOf: (headers) => headerOf(headers, 'x-api-key') ?? bearerOf(headers),

  forProvider(call, _body, model) {
    return { path: call.kind === 'count-tokens' ? COUNT : MESSAGES, members: { model } }
  },

  // Anthropic has no idempotency key: its SDKs' header is not part of the API.
  providerHeaders: (key) => ({
    'anthropic-version': '2023-06-01',
    ...(key === null ? {} : { 'x-api-key': key }),
  }),

  parse: (_call, body, to = null) => parseAnthropic(body, translation(NAME, to)),
  write: writeAnthropic,
  contentType: ({ stream }) => (stream ? EVENTS_TYPE : JSON_TYPE),
  writeCount: (inputTokens) => JSON.stringify({ input_tokens: inputTokens }),

  writeModels(models) {
    const data = models.map(fact)
    const ids = { first_id: models.at(0) ?? null, last_id: models.at(-1) ?? null }
    return JSON.stringify({ data, has_more: false, ...ids })
  },

  writeModel: (model) => JSON.stringify(fact(model)),
  refuse: refuseAnthropic,
  observe: (call) => answerObserver(call, anthropicReader),
}

const fact = (id: string) => ({
  type: 'model',
  id,
  display_name: id,
  created_at: '1970-01-01T00:00:00Z',
})
