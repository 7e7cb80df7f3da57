import { hash } from 'node:crypto'
import { z } from 'zod'
import { Failure } from './failure.ts'
import { segmentsOf } from './json-segments.ts'
import { DIALECTS, type ModelCall } from './model-call.ts'
import type { TrajectoryEvent } from './trajectory.ts'

/** An event of a call, before it is numbered and dated. */
export interface RecordedEvent {
  readonly kind: 'model-call' | 'model-part'
  readonly body: string
  readonly meta: TrajectoryEvent['meta']
}

/** Shorter pieces stand in the call's own event. */
const INLINE_CHARS = 256
/** Longer ones become several parts: a part's event stays far below what a chunk may hold. */
const PART_CHARS = 200 * 1024
/** What has more pieces is cut by length alone, so that the event of a call stays small. */
const MOST_PIECES = 2_000
/** Earlier calls that a request is compared with: agents that work side by side take turns. */
const COMPARED_CALLS = 16

/** A request that is on record before its call is: what the call will say of it. */
export interface EncodedRequest {
  /** New parts, which have to be recorded before the call. */
  readonly events: readonly RecordedEvent[]
  readonly stored: StoredRequest
  readonly segments: readonly Segment[]
}

/**
 * Turns the calls of one attempt into events in which nothing is stored twice. A request names the
 * earlier call that it begins like and for how many characters; what is new in it is stored as
 * parts named by their content, once however often they appear.
 */
export class ModelCallEncoder {
  readonly #earlier: { readonly call: number; readonly segments: readonly Segment[] }[] = []
  readonly #stored = new Set<string>()

  /** The events of a call, in order: new parts first, then the call that names them. */
  encode({ request, ...call }: ModelCall): RecordedEvent[] {
    const encoded = this.encodeRequest(request)
    return [...encoded.events, ...this.encodeCall(call, encoded)]
  }

  /** A request before its answer has ended, so that it need not be held until then. */
  encodeRequest(request: string): EncodedRequest {
    const events: RecordedEvent[] = []
    const texts = segmentsOf(request)
    const segments = texts.map((text) => ({ key: keyOf(text), chars: text.length }))
    const { call, shared, chars } = this.#mostAlike(segments)
    const rest = this.#pieces(texts.slice(shared), events)
    return { events, stored: { of: call, chars, rest }, segments }
  }

  /** A call whose request has been encoded; only from now on do others refer to it. */
  encodeCall(call: Omit<ModelCall, 'request'>, request: EncodedRequest): RecordedEvent[] {
    const events: RecordedEvent[] = []
    const whole = (text: string) => this.#pieces([text], events)
    const body = {
      modelAsked: call.modelAsked,
      modelAnswered: call.modelAnswered,
      problem: call.problem,
      finishReason: call.finishReason,
      lost: [...call.lost],
      request: request.stored,
      response: whole(call.response),
      text: whole(call.text),
      reasoning: whole(call.reasoning),
      toolCalls: whole(JSON.stringify(call.toolCalls)),
    } satisfies z.input<typeof bodySchema>
    events.push({ kind: 'model-call', body: JSON.stringify(body), meta: metaOf(call) })
    this.#earlier.push({ call: call.call, segments: request.segments })
    if (this.#earlier.length > COMPARED_CALLS) this.#earlier.shift()
    return events
  }

  #mostAlike(segments: readonly Segment[]): { call: number; shared: number; chars: number } {
    let best = { call: 0, shared: 0, chars: 0 }
    for (const earlier of this.#earlier) {
      let shared = 0
      let chars = 0
      for (const [index, { key, chars: length }] of segments.entries()) {
        if (earlier.segments[index]?.key !== key) break
        shared += 1
        chars += length
      }
      if (chars > best.chars) best = { call: earlier.call, shared, chars }
    }
    return best
  }

  /** Texts in order as pieces: `=` and a short text itself, or `#` and the name of a stored part. */
  #pieces(texts: readonly string[], events: RecordedEvent[]): string[] {
    const runs = joinShort(texts)
    const cut = runs.length <= MOST_PIECES ? runs.flatMap(cutLong) : cutLong(runs.join(''))
    return cut.map((text) => {
      if (text.length <= INLINE_CHARS) return `=${text}`
      const part = partName(text)
      if (!this.#stored.has(part)) {
        this.#stored.add(part)
        events.push({ kind: 'model-part', body: text, meta: { part } })
      }
      return `#${part}`
    })
  }
}

interface Segment {
  readonly key: string
  readonly chars: number
}

const keyOf = (text: string): string =>
  text.length <= 64 ? `=${copied(text)}` : `#${partName(text)}`
/** A slice of a string holds on to all of it: keys are kept, requests are not. */
const copied = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le')
const partName = (text: string): string => hash('sha256', text, 'hex').slice(0, 32)

/** Short texts that follow each other, as one. */
function joinShort(texts: readonly string[]): string[] {
  const runs: string[] = []
  let run = ''
  for (const text of texts) {
    if (text.length <= INLINE_CHARS) {
      run += text
      continue
    }
    if (run !== '') runs.push(run)
    runs.push(text)
    run = ''
  }
  if (run !== '') runs.push(run)
  return runs
}

function cutLong(text: string): string[] {
  if (text.length <= PART_CHARS) return [text]
  const pieces = Math.ceil(text.length / PART_CHARS)
  return Array.from({ length: pieces }, (_, index) =>
    text.slice(index * PART_CHARS, (index + 1) * PART_CHARS),
  )
}

/** Flat, so that SQL reads it; what is unknown is left out. */
function metaOf(call: Omit<ModelCall, 'request'>): TrajectoryEvent['meta'] {
  const { usage, costMicros, firstByteMs } = call
  return {
    call: call.call,
    dialect: call.dialect,
    providerDialect: call.providerDialect,
    model: call.model,
    stream: call.stream,
    end: call.end,
    status: call.status,
    startedAt: call.startedAt,
    waitedMs: call.waitedMs,
    answerMs: call.answerMs,
    retries: call.retries,
    ...(firstByteMs === null ? {} : { firstByteMs }),
    ...(costMicros === null ? {} : { costMicros }),
    ...usage,
  }
}

const pieces = z.array(z.string())
const storedRequest = z.object({
  /** The call that the request begins like; 0 for none. */
  of: z.int(),
  chars: z.int(),
  rest: pieces,
})
type StoredRequest = z.infer<typeof storedRequest>

const bodySchema = z.object({
  modelAsked: z.string(),
  modelAnswered: z.string().nullable(),
  problem: z.string(),
  finishReason: z.string(),
  lost: z.array(z.string()),
  request: storedRequest,
  response: pieces,
  text: pieces,
  reasoning: pieces,
  toolCalls: pieces,
})
const toolCallsSchema = z.array(z.object({ id: z.string(), name: z.string(), input: z.string() }))
const usageSchema = z.object({
  inputTokens: z.number(),
  cachedInputTokens: z.number(),
  cacheWriteTokens: z.number(),
  outputTokens: z.number(),
  reasoningTokens: z.number(),
})
const metaSchema = z.object({
  call: z.int().positive(),
  dialect: z.enum(DIALECTS),
  providerDialect: z.enum([...DIALECTS, 'scripted', 'replay']),
  model: z.string(),
  stream: z.boolean(),
  end: z.enum(['answered', 'refused', 'failed', 'abandoned']),
  status: z.number(),
  startedAt: z.string(),
  waitedMs: z.number(),
  answerMs: z.number(),
  retries: z.number(),
  firstByteMs: z.number().nullable().default(null),
  costMicros: z.number().nullable().default(null),
})

/**
 * The calls of one attempt, put together again from its events, in order; other events are passed over.
 *
 * @throws Failure `input.invalid` when a part is missing or an event is none of ours.
 */
export function readModelCalls(
  events: Iterable<Pick<TrajectoryEvent, 'kind' | 'body' | 'meta'>>,
): ModelCall[] {
  const parts = new Map<string, string>()
  const calls = new Map<number, ModelCall>()
  for (const event of events) {
    if (event.kind === 'model-part') parts.set(String(event.meta.part), event.body)
    if (event.kind !== 'model-call') continue
    const call = readCall(event, { parts, calls })
    calls.set(call.call, call)
  }
  return [...calls.values()]
}

interface Known {
  readonly parts: ReadonlyMap<string, string>
  readonly calls: ReadonlyMap<number, ModelCall>
}

function readCall(event: Pick<TrajectoryEvent, 'body' | 'meta'>, known: Known): ModelCall {
  const meta = metaSchema.safeParse(event.meta)
  const body = bodySchema.safeParse(parsedJson(event.body))
  if (!meta.success || !body.success) {
    throw damaged(`an event is no call: ${(meta.error ?? body.error)?.message}`)
  }
  const join = (stored: readonly string[]) => stored.map((piece) => textOf(piece, known)).join('')
  const { request, response, text, reasoning, toolCalls, ...said } = body.data
  const start = request.of === 0 ? '' : startOf(request, known)
  return {
    ...meta.data,
    ...said,
    usage: usageSchema.safeParse(event.meta).data ?? null,
    request: start + join(request.rest),
    response: join(response),
    text: join(text),
    reasoning: join(reasoning),
    toolCalls: toolCallsSchema.parse(parsedJson(join(toolCalls))),
  }
}

function startOf({ of, chars }: StoredRequest, { calls }: Known): string {
  const earlier = calls.get(of)
  if (earlier === undefined) throw damaged(`call ${of}, which a later one begins like, is missing`)
  return earlier.request.slice(0, chars)
}

function textOf(piece: string, { parts }: Known): string {
  if (piece.startsWith('=')) return piece.slice(1)
  const part = parts.get(piece.slice(1))
  if (part === undefined) throw damaged(`part ${piece.slice(1)} is missing`)
  return part
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw damaged('an event holds no JSON', cause)
  }
}

function damaged(why: string, cause?: unknown): Failure {
  return new Failure('input.invalid', `A recording of model calls is damaged: ${why}.`, { cause })
}
