import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import type { ToolCall } from '../../../core/model-call.ts'
import type { ProviderMetadata } from './carried-metadata.ts'
import type { Call, CanonicalPart, Dialect, JsonObject, Observation, Refusal } from './dialect.ts'
import { isObject, parsedJson } from './read-body.ts'

/** What a model is to say, for tests. */
export interface Saying {
  readonly reasoning?: string
  readonly signature?: ProviderMetadata
  readonly text?: string
  readonly tools?: readonly ToolCall[]
  readonly finish?: Extract<CanonicalPart, { type: 'finish' }>['finishReason']['unified']
}

export const USAGE = {
  inputTokens: 120,
  cachedInputTokens: 80,
  cacheWriteTokens: 0,
  outputTokens: 30,
  reasoningTokens: 12,
}

/** The parts of an answer as the AI SDK streams them, texts cut into pieces. */
export function partsOf(saying: Saying): CanonicalPart[] {
  const { reasoning, signature, text, tools = [] } = saying
  const metadata = signature === undefined ? {} : { providerMetadata: signature }
  const finish = saying.finish ?? (tools.length > 0 ? 'tool-calls' : 'stop')
  return [
    { type: 'stream-start', warnings: [] },
    { type: 'response-metadata', id: 'msg_1', modelId: 'answering-model' },
    ...(reasoning === undefined
      ? []
      : [
          { type: 'reasoning-start' as const, id: 'r' },
          ...pieces(reasoning).map((delta) => ({
            type: 'reasoning-delta' as const,
            id: 'r',
            delta,
          })),
          { type: 'reasoning-end' as const, id: 'r', ...metadata },
        ]),
    ...(text === undefined
      ? []
      : [
          { type: 'text-start' as const, id: 't' },
          ...pieces(text).map((delta) => ({ type: 'text-delta' as const, id: 't', delta })),
        ]),
    ...interleaved(tools),
    // As some providers do: the text stays open until all is said.
    ...(text === undefined ? [] : [{ type: 'text-end' as const, id: 't' }]),
    {
      type: 'finish',
      finishReason: { unified: finish, raw: undefined },
      usage: {
        inputTokens: {
          total: USAGE.inputTokens,
          noCache: USAGE.inputTokens - USAGE.cachedInputTokens,
          cacheRead: USAGE.cachedInputTokens,
          cacheWrite: undefined,
        },
        outputTokens: {
          total: USAGE.outputTokens,
          text: USAGE.outputTokens - USAGE.reasoningTokens,
          reasoning: USAGE.reasoningTokens,
        },
      },
    },
  ]
}

/** Calls as a provider streams them that makes several at once. */
function interleaved(tools: readonly ToolCall[]): CanonicalPart[] {
  const cut = tools.map(({ input }) => pieces(input))
  const longest = Math.max(0, ...cut.map((deltas) => deltas.length))
  const rounds = Array.from({ length: longest }, (_, round) =>
    tools.flatMap(({ id }, index): CanonicalPart[] => {
      const delta = cut[index]?.[round]
      return delta === undefined ? [] : [{ type: 'tool-input-delta', id, delta }]
    }),
  )
  return [
    ...tools.map(
      ({ id, name }): CanonicalPart => ({ type: 'tool-input-start', id, toolName: name }),
    ),
    ...rounds.flat(),
    ...tools.flatMap(({ id, name, input }): CanonicalPart[] => [
      { type: 'tool-input-end', id },
      { type: 'tool-call', toolCallId: id, toolName: name, input },
    ]),
  ]
}

function pieces(text: string): string[] {
  return text.match(/.{1,7}/gsu) ?? []
}

export async function* stream(parts: readonly CanonicalPart[]): AsyncGenerator<CanonicalPart> {
  yield* parts
}

export async function gathered<T>(all: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const one of all) list.push(one)
  return list
}

export async function written(
  dialect: Dialect,
  parts: readonly CanonicalPart[],
  call: Call,
): Promise<string> {
  return (await gathered(dialect.write(stream(parts), call))).join('')
}

/** An answer's bytes read back, cut where it is said. */
export function observed(
  dialect: Dialect,
  call: Call,
  bytes: Uint8Array,
  cuts: readonly number[] = [],
): Observation {
  const observer = dialect.observe(call)
  const places = [0, ...[...cuts].sort((left, right) => left - right), bytes.length]
  for (const [index, end] of places.entries()) {
    observer.push(bytes.subarray(places[index - 1] ?? 0, end))
  }
  return observer.end()
}

export function callOf(stream: boolean, more: Partial<Call> = {}): Call {
  return {
    kind: 'generate',
    model: 'asked-model',
    stream,
    maxOutputTokens: null,
    usageInStream: true,
    streamForm: 'events',
    ...more,
  }
}

/** What a server of a dialect has to say, in the order of the requests. */
export type Reply = { readonly parts: readonly CanonicalPart[] } | { readonly refusal: Refusal }

export interface Served extends AsyncDisposable {
  readonly url: string
  readonly calls: Call[]
  readonly bodies: JsonObject[]
  readonly keys: (string | null)[]
}

/** A server on loopback that speaks a dialect through its `read` and `write` alone. */
export async function serve(dialect: Dialect, reply: Reply = { parts: [] }): Promise<Served> {
  const calls: Call[] = []
  const bodies: JsonObject[] = []
  const keys: (string | null)[] = []
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(asError(error)))
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = parsedJson((await readText(request)) || '{}')
    const json = isObject(body) ? body : {}
    const target = request.url ?? '/'
    const call = dialect.read(request.method ?? 'GET', target, json)
    if (call === null) {
      response.writeHead(404).end()
      return
    }
    calls.push(call)
    bodies.push(json)
    keys.push(dialect.keyOf(request.headers, new URL(target, 'http://localhost').searchParams))
    if ('refusal' in reply) {
      const { status, headers, body: text } = dialect.refuse(reply.refusal)
      response.writeHead(status, headers).end(text)
      return
    }
    response.setHeader('content-type', dialect.contentType(call))
    if (call.kind === 'count-tokens') response.end(dialect.writeCount(42))
    else if (call.kind === 'list-models') response.end(dialect.writeModels(['one', 'two/three']))
    else if (call.kind === 'show-model') response.end(dialect.writeModel(call.model))
    else {
      for await (const piece of dialect.write(stream(reply.parts), call)) response.write(piece)
      response.end()
    }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    bodies,
    keys,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
