import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyCharacter } from '../test/support/any-character.ts'
import { segmentsOf } from './json-segments.ts'
import type { ModelCall } from './model-call.ts'
import { type EncodedRequest, ModelCallEncoder, readModelCalls } from './model-recording.ts'

function madeCall(call: number, request: string, response = `answer ${call}`): ModelCall {
  return {
    call,
    dialect: 'anthropic-messages',
    providerDialect: 'anthropic-messages',
    modelAsked: 'm',
    model: 'anthropic/m',
    modelAnswered: null,
    stream: true,
    end: 'answered',
    problem: '',
    status: 200,
    startedAt: '2026-01-01T00:00:00.000Z',
    waitedMs: 0,
    firstByteMs: 12,
    answerMs: 30,
    retries: 0,
    usage: {
      inputTokens: 10,
      cachedInputTokens: 4,
      cacheWriteTokens: 1,
      outputTokens: 7,
      reasoningTokens: 3,
    },
    costMicros: 55,
    finishReason: 'end_turn',
    text: response,
    reasoning: '',
    toolCalls: [{ id: 't', name: 'bash', input: '{"command":"ls"}' }],
    lost: ['metadata'],
    request,
    response,
  }
}

const anyText = fc.string({ unit: anyCharacter, maxLength: 900 })
const anyRequest = fc.oneof(
  anyText,
  fc.json(),
  fc
    .record({
      model: anyText,
      messages: fc.array(fc.record({ role: anyText, content: fc.oneof(anyText, fc.jsonValue()) })),
      tools: fc.array(fc.jsonValue()),
    })
    .chain((body) =>
      fc.constantFrom(undefined, 1, '\t').map((pad) => JSON.stringify(body, null, pad)),
    ),
)

test('the pieces of any text are the text', () => {
  fc.assert(fc.property(anyRequest, (text) => segmentsOf(text).join('') === text))
})

test('requests and answers come back as they were, byte for byte, whatever they are', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyRequest, anyText), { maxLength: 8 }), (bodies) => {
      const calls = bodies.map(([request, response], index) =>
        madeCall(index + 1, request, response),
      )
      const encoder = new ModelCallEncoder()
      expect(readModelCalls(calls.flatMap((call) => encoder.encode(call)))).toEqual(calls)
    }),
  )
})

test('calls come back as they were in whatever order they begin and end', () => {
  const course = fc.array(anyRequest, { minLength: 1, maxLength: 6 }).chain((requests) =>
    fc.tuple(
      fc.constant(requests),
      fc.shuffledSubarray([...requests.keys(), ...requests.keys()], {
        minLength: 2 * requests.length,
      }),
    ),
  )
  fc.assert(
    fc.property(course, ([requests, turns]) => {
      const encoder = new ModelCallEncoder()
      const begun = new Map<number, EncodedRequest>()
      const events = turns.flatMap((index) => {
        const { request, ...call } = madeCall(index + 1, requests[index] ?? '')
        const encoded = begun.get(index)
        if (encoded !== undefined) return encoder.encodeCall(call, encoded)
        const early = encoder.encodeRequest(request)
        begun.set(index, early)
        return early.events
      })
      const read = readModelCalls(events).map(({ call, request }) => [call, request])
      expect(read.toSorted()).toEqual(requests.map((request, index) => [index + 1, request]))
    }),
  )
})

test('what is remembered of requests is not the requests', () => {
  const encoder = new ModelCallEncoder()
  const before = heldBytes()
  for (let call = 1; call <= 12; call += 1) {
    const messages = Array.from(
      { length: 50 },
      (_, index) => `in call ${call} the message ${index}`,
    )
    const request = JSON.stringify({ messages, system: `${call}`.padEnd(2_000_000, 'x') })
    encoder.encode(madeCall(call, request))
  }
  expect(heldBytes() - before).toBeLessThan(8_000_000)
})

function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

test('a part is never longer than 200 KB, and a call of ten thousand items still is a small event', () => {
  const items = Array.from({ length: 10_000 }, (_, index) => `${index}`.padEnd(300, 'x'))
  const call = madeCall(1, JSON.stringify({ messages: items, system: 'y'.repeat(3_000_000) }))
  const events = new ModelCallEncoder().encode(call)
  expect(Math.max(...events.map(({ body }) => body.length))).toBeLessThanOrEqual(200 * 1024)
  expect(readModelCalls(events)).toEqual([call])
})

/** Like Claude Code: the mark of the cache moves along with the last message. */
function trajectory(turns: number): { requests: string[]; uniqueBytes: number } {
  const messages: { role: string; content: object[] }[] = []
  const tools = Array.from({ length: 15 }, (_, index) => ({
    name: `tool${index}`,
    description: 'd'.repeat(900),
  }))
  let uniqueBytes = JSON.stringify(tools).length
  const requests = Array.from({ length: turns }, (_, turn) => {
    const said = {
      role: 'user',
      content: [{ type: 'tool_result', content: `${turn}${'o'.repeat((turn * 613) % 4_000)}` }],
    }
    const answer = { role: 'assistant', content: [{ type: 'text', text: `next ${turn}` }] }
    messages.push(said)
    const marked = messages.map((message, index) =>
      index < messages.length - 1
        ? message
        : {
            ...message,
            content: message.content.map((block) => ({
              ...block,
              cache_control: { type: 'ephemeral' },
            })),
          },
    )
    const request = JSON.stringify({
      model: 'm',
      max_tokens: 32_000,
      messages: marked,
      tools,
      stream: true,
    })
    messages.push(answer)
    uniqueBytes += JSON.stringify(said).length + JSON.stringify(answer).length
    return request
  })
  return { requests, uniqueBytes }
}

test('a trajectory of 200 turns takes at most twice its unique bytes', () => {
  const { requests, uniqueBytes } = trajectory(200)
  const encoder = new ModelCallEncoder()
  const responses = requests.map((_, turn) => `data: {"delta":"${'a'.repeat(300)}${turn}"}\n\n`)
  const events = requests.flatMap((request, turn) => {
    const call = madeCall(turn + 1, request, responses[turn])
    return encoder.encode({ ...call, text: '' })
  })
  expect(readModelCalls(events).map(({ request }) => request)).toEqual(requests)
  const unique = uniqueBytes + responses.join('').length
  const stored = events.map(({ body }) => body.length).reduce((sum, size) => sum + size)
  expect(stored).toBeLessThan(2 * unique)
  expect(requests.join('').length).toBeGreaterThan(50 * unique)
})

test('a recording with a part or an earlier call taken out is refused, not guessed', () => {
  const encoder = new ModelCallEncoder()
  const request = JSON.stringify({ messages: ['x'.repeat(600)] })
  const events = [1, 2].flatMap((call) => encoder.encode(madeCall(call, request)))
  const without = (kind: string) => {
    const index = events.findIndex((event) => event.kind === kind)
    return events.toSpliced(index, 1)
  }
  expect(() => readModelCalls(without('model-part'))).toThrow(/part .* is missing/)
  expect(() => readModelCalls(without('model-call'))).toThrow(/call 1.* is missing/)
})

test('agents that work side by side each build on their own calls', () => {
  const encoder = new ModelCallEncoder()
  const sizes = Array.from({ length: 40 }, (_, turn) => {
    const who = turn % 2 === 0 ? 'a' : 'b'
    const items = Array.from({ length: 1 + Math.floor(turn / 2) }, (_, at) =>
      `${who}${at}`.padEnd(200, who),
    )
    const events = encoder.encode(madeCall(turn + 1, JSON.stringify({ messages: items })))
    return events.reduce((sum, { body }) => sum + body.length, 0)
  })
  expect(Math.max(...sizes.slice(2))).toBeLessThan(1_200)
})
