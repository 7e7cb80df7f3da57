import { createParser } from 'eventsource-parser'
import type { TokenUsage } from '../../../core/model-call.ts'
import type { Call, Observation, Observer } from './dialect.ts'
import { isObject, parsedJson } from './read-body.ts'

/** What has been read of an answer so far. */
export interface Draft {
  model: string | null
  text: string
  reasoning: string
  /** By whatever the dialect tells tool calls apart with. */
  readonly tools: Map<string | number, { id: string; name: string; input: string }>
  usage: TokenUsage | null
  finishReason: string
  vendorError: { type: string; message: string } | null
  /** The dialect's own sign that nothing more follows. */
  isFinished: boolean
}

/** How a dialect's answers are read. @throws anything when a piece is not what the dialect has there. */
export interface AnswerReader {
  /** One event of a stream, or one element of an array that grows. */
  event(draft: Draft, data: object): void
  /** An answer that is one JSON object. */
  whole(draft: Draft, body: object): void
}

/** A count or a listing: whole as soon as it can be read. */
const ANY_JSON: AnswerReader = {
  event(draft) {
    draft.isFinished = true
  },
  whole(draft) {
    draft.isFinished = true
  },
}

/**
 * Reads an answer as it passes, JSON or event stream, by what its first byte says: an error may come
 * as JSON where a stream was asked for.
 */
export function answerObserver(call: Call, ofAnswers: AnswerReader): Observer {
  const reader = call.kind === 'generate' ? ofAnswers : ANY_JSON
  const decoder = new TextDecoder()
  const draft: Draft = {
    model: null,
    text: '',
    reasoning: '',
    tools: new Map(),
    usage: null,
    finishReason: '',
    vendorError: null,
    isFinished: false,
  }
  let json: string[] | null = null
  let isKnown = false
  let malformed = ''

  const read = (text: string, take: (data: object) => void) => {
    const data = parsedJson(text)
    try {
      if (typeof data !== 'object' || data === null) throw new Error('it is not JSON')
      take(data)
    } catch {
      malformed ||= `malformed: ${text.slice(0, 120)}`
    }
  }
  const events = createParser({
    onEvent({ data }) {
      if (data !== '[DONE]') read(data, (value) => reader.event(draft, value))
    },
    onError: () => undefined,
  })

  function feed(text: string): void {
    if (!isKnown && text.trim() !== '') {
      isKnown = true
      json = /^\s*[{[]/.test(text) ? [] : null
    }
    if (json === null) events.feed(text)
    else json.push(text)
  }

  return {
    push(bytes) {
      feed(decoder.decode(bytes, { stream: true }))
    },
    get isFinished() {
      return draft.isFinished
    },
    end() {
      feed(decoder.decode())
      if (json !== null) readJson(json.join(''))
      return observationOf(draft, malformed)
    },
  }

  function readJson(text: string): void {
    read(text, (value) => {
      if (!Array.isArray(value)) return reader.whole(draft, value)
      for (const element of value) if (isObject(element)) reader.event(draft, element)
    })
  }
}

function observationOf(draft: Draft, malformed: string): Observation {
  const { tools, isFinished, vendorError, ...said } = draft
  const error = vendorError === null ? '' : `${vendorError.type}: ${vendorError.message}`
  const cut = isFinished ? '' : 'cut: the answer stopped before its end'
  const problem = error || malformed || cut
  return { ...said, vendorError, toolCalls: [...tools.values()], complete: problem === '', problem }
}
