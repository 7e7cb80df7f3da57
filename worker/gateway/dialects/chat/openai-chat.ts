import { z } from 'zod'
import { answerObserver } from '../answer-observer.ts'
import { EVENTS_TYPE, JSON_TYPE } from '../answer-text.ts'
import { pathAndQuery } from '../credentials.ts'
import type { Dialect, JsonObject, RenamedTool } from '../dialect.ts'
import { refuseOpenai } from '../openai/openai-errors.ts'
import {
  openaiHeaders,
  openaiKeyOf,
  readOpenaiModels,
  writeOpenaiModel,
  writeOpenaiModels,
} from '../openai/openai-models.ts'
import { isObject, readBody } from '../read-body.ts'
import { translation } from '../translation.ts'
import { parseChat } from './parse-chat.ts'
import { chatReader } from './read-chat.ts'
import { writeChat } from './write-chat.ts'

const NAME = 'openai-chat'
const PATH = '/v1/chat/completions'

const head = z.looseObject({
  model: z.string(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.number().nullish(),
  max_completion_tokens: z.number().nullish(),
  tools: z
    .array(z.looseObject({ custom: z.looseObject({ name: z.string() }).nullish() }))
    .nullish(),
})

/** @see https://platform.openai.com/docs/api-reference/chat */
export const openaiChat: Dialect = {
  name: NAME,
  forwardedHeaders: ['openai-beta'],

  read(method, target, body) {
    const { path } = pathAndQuery(target)
    const models = readOpenaiModels(method, path)
    if (models !== null) return models
    if (method !== 'POST' || (path !== PATH && path !== '/chat/completions')) return null
    const request = readBody(head, body)
    const renamed = textTools(request.tools)
    return {
      kind: 'generate',
      model: request.model,
      stream: request.stream === true,
      maxOutputTokens: request.max_completion_tokens ?? request.max_tokens ?? null,
      usageInStream: request.stream_options?.include_usage === true,
      ...(Object.keys(renamed).length === 0 ? {} : { renamedTools: renamed }),
    }
  },

  keyOf: openaiKeyOf,

  forProvider(call, body: JsonObject, model) {
    if (!call.stream) return { path: PATH, members: { model } }
    // Without it a stream tells no usage, and then neither cost nor budget can be known.
    const options = isObject(body.stream_options) ? body.stream_options : {}
    const stream_options = { ...options, include_usage: true }
    return { path: PATH, members: { model, stream_options } }
  },

  providerHeaders: openaiHeaders,
  parse: (_call, body, to = null) => parseChat(body, translation(NAME, to)),
  write: writeChat,
  contentType: ({ stream }) => (stream ? EVENTS_TYPE : JSON_TYPE),
  writeCount: (inputTokens) => JSON.stringify({ input_tokens: inputTokens }),
  writeModels: writeOpenaiModels,
  writeModel: writeOpenaiModel,
  refuse: refuseOpenai,
  observe: (call) => answerObserver(call, chatReader),
}

function textTools(tools: z.infer<typeof head>['tools']): { [name: string]: RenamedTool } {
  const names = (tools ?? []).flatMap(({ custom }) => (custom ? [custom.name] : []))
  return Object.fromEntries(
    names.map((name) => [name, { name, namespace: null, kind: 'text' }] as const),
  )
}
