import { z } from 'zod'
import { answerObserver } from '../answer-observer.ts'
import { EVENTS_TYPE, JSON_TYPE } from '../answer-text.ts'
import { bearerOf, headerOf, pathAndQuery } from '../credentials.ts'
import type { Call, Dialect, JsonObject } from '../dialect.ts'
import { decodedSegment, modelsCall } from '../models-call.ts'
import { isObject, readBody } from '../read-body.ts'
import { translation } from '../translation.ts'
import { refuseGemini } from './gemini-errors.ts'
import { inCamelCase } from './gemini-json.ts'
import { parseGemini } from './parse-gemini.ts'
import { geminiReader } from './read-gemini.ts'
import { writeGemini } from './write-gemini.ts'

const NAME = 'gemini'
const MODELS = '/v1beta/models'
const LISTING = /^\/v1(?:beta|alpha)?\/models(\/[^:]+|)$/
const METHOD = /^\/v1(?:beta|alpha)?\/models\/(.+):(\w+)$/

const head = z.looseObject({
  generationConfig: z.looseObject({ maxOutputTokens: z.number().nullish() }).nullish(),
})

/** @see https://ai.google.dev/api/generate-content */
export const gemini: Dialect = {
  name: NAME,
  forwardedHeaders: [],

  read(method, target, body) {
    const { path, query } = pathAndQuery(target)
    const [, listed] = LISTING.exec(path) ?? []
    if (method === 'GET' && listed !== undefined) return modelsCall(listed)
    const [, encoded, action] = METHOD.exec(path) ?? []
    if (method !== 'POST' || encoded === undefined) return null
    const model = decodedSegment(encoded)
    switch (action) {
      case 'generateContent':
        return { kind: 'generate', model, stream: false, maxOutputTokens: maxOf(body) }
      case 'streamGenerateContent':
        return {
          kind: 'generate',
          model,
          stream: true,
          maxOutputTokens: maxOf(body),
          streamForm: query.get('alt') === 'sse' ? 'events' : 'array',
        }
      case 'countTokens':
        return { kind: 'count-tokens', model, stream: false, maxOutputTokens: null }
      default:
        return null
    }
  },

  keyOf: (headers, query) =>
    headerOf(headers, 'x-goog-api-key') ?? query.get('key') ?? bearerOf(headers),

  forProvider(call, body: JsonObject, model) {
    return { path: `${MODELS}/${model}:${actionOf(call)}`, members: renamed(body, model) }
  },

  // Gemini has no idempotency key.
  providerHeaders: (key) => (key === null ? {} : { 'x-goog-api-key': key }),
  parse: (_call, body, to = null) => parseGemini(body, translation(NAME, to)),
  write: writeGemini,
  contentType: ({ stream, streamForm }) =>
    stream && streamForm !== 'array' ? EVENTS_TYPE : JSON_TYPE,
  writeCount: (inputTokens) => JSON.stringify({ totalTokens: inputTokens }),

  writeModels(models) {
    return JSON.stringify({ models: models.map(fact) })
  },
  writeModel: (model) => JSON.stringify(fact(model)),

  refuse: refuseGemini,
  observe: (call) => answerObserver(call, geminiReader),
}

const fact = (model: string) => ({
  name: `models/${model}`,
  displayName: model,
  supportedGenerationMethods: ['generateContent', 'countTokens'],
})

function maxOf(body: JsonObject): number | null {
  return readBody(head, inCamelCase(body)).generationConfig?.maxOutputTokens ?? null
}

function actionOf({ kind, stream, streamForm }: Call): string {
  if (kind === 'count-tokens') return 'countTokens'
  if (!stream) return 'generateContent'
  return `streamGenerateContent${streamForm === 'array' ? '' : '?alt=sse'}`
}

/** The model's name stands in the path, but a body may repeat it. */
function renamed(body: JsonObject, model: string): JsonObject {
  const inner = body.generateContentRequest
  const own = typeof body.model === 'string' ? { model: `models/${model}` } : {}
  if (!isObject(inner) || typeof inner.model !== 'string') return own
  return { ...own, generateContentRequest: { ...inner, model: `models/${model}` } }
}
