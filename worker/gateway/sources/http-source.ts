import type {
  Agent,
  ClientRequest,
  IncomingMessage,
  OutgoingHttpHeaders,
  RequestOptions,
} from 'node:http'
import https from 'node:https'
import { urlToHttpOptions } from 'node:url'
import type { DialectName } from '../../../core/model-call.ts'
import { http } from '../../../core/node-http.ts'
import type { Provider } from '../../../models/provider.ts'
import type { Answer, ModelSource, Question } from './model-source.ts'
import { ProviderProblem, problemOfStatus } from './provider-problem.ts'

/** Errors are read whole, up to here. */
const ERROR_BYTES = 64 * 1024
/** Headers of an answer that an agent may see: what it is, and what support asks for. */
const ANSWER_HEADERS = ['content-type', 'cache-control', 'request-id', 'x-request-id']

export interface HttpSourceOptions {
  readonly provider: Provider
  /** The provider's own name of the model. */
  readonly model: string
  readonly dialect: DialectName
  readonly key: string | null
  readonly agents: HttpAgents
}

/** Connections that stay open between calls, over all providers. */
export interface HttpAgents {
  readonly http: Agent
  readonly https: https.Agent
}

export function openHttpAgents(): HttpAgents {
  const options = { keepAlive: true, maxFreeSockets: 64 }
  return { http: new http.Agent(options), https: new https.Agent(options) }
}

/** A provider that speaks the agent's own dialect: bodies pass through as they are. */
export function httpSource(options: HttpSourceOptions): ModelSource {
  const placeOf = places(options)
  return {
    dialect: options.dialect,
    async ask(question, signal) {
      const response = await send(options, question, { signal, placeOf })
      const status = response.statusCode ?? 502
      if (status < 400) return answerOf(response, status, response)
      const text = await readError(response)
      const problem = problemOfStatus(status, response.headers, text)
      if (problem !== null) throw problem
      return answerOf(response, status, once(Buffer.from(text)))
    },
  }
}

/** Where requests for a path go. The model is the source's own, so that there are two or three. */
type PlaceOf = (path: string) => RequestOptions

function places({ provider, agents }: HttpSourceOptions): PlaceOf {
  const known = new Map<string, RequestOptions>()
  return (path) => {
    const place = known.get(path) ?? placeAt(new URL(provider.baseUrl + path), agents)
    known.set(path, place)
    return place
  }
}

function placeAt(url: URL, agents: HttpAgents): RequestOptions {
  const agent = url.protocol === 'https:' ? agents.https : agents.http
  return { ...urlToHttpOptions(url), method: 'POST', agent }
}

function send(
  { provider, model, key }: HttpSourceOptions,
  { dialect, call, body, bytesWith, headers, idempotencyKey }: Question,
  { signal, placeOf }: { readonly signal: AbortSignal; readonly placeOf: PlaceOf },
): Promise<IncomingMessage> {
  const { path, members } = dialect.forProvider(call, body(), model)
  const place = placeOf(path)
  const payload = bytesWith(members)
  const client = place.protocol === 'https:' ? https : http
  const sent: OutgoingHttpHeaders = {
    accept: headers.accept ?? '*/*',
    'user-agent': headers['user-agent'] ?? 'systems-bench',
    ...Object.fromEntries(
      dialect.forwardedHeaders.flatMap((name) =>
        headers[name] === undefined ? [] : [[name, headers[name]]],
      ),
    ),
    ...provider.headers,
    ...dialect.providerHeaders(key, idempotencyKey),
    'accept-encoding': 'identity',
    'content-type': 'application/json',
    'content-length': payload.reduce((sum, { length }) => sum + length, 0),
  }
  const request = client.request({ ...place, headers: sent, signal })
  const answered = responseOf(request)
  for (const piece of payload) request.write(piece)
  request.end()
  return answered
}

/** A function of its own, so that nothing that waits for the answer holds on to the request's body. */
function responseOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve)
    request.once('error', (cause) =>
      reject(new ProviderProblem('broken', 'The provider cannot be reached', { cause })),
    )
  })
}

function answerOf(
  { headers }: IncomingMessage,
  status: number,
  body: AsyncIterable<Uint8Array>,
): Answer {
  const passed = ANSWER_HEADERS.flatMap((name) => {
    const value = headers[name]
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  return { status, headers: Object.fromEntries(passed), body, lost: [] }
}

async function* once(piece: Uint8Array): AsyncGenerator<Uint8Array> {
  yield piece
}

async function readError(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > ERROR_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, ERROR_BYTES).toString('utf8')
}
