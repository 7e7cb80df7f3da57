import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DIALECTS, type DialectName } from '../../../core/model-call.ts'
import type { Call } from './dialect.ts'
import { callOf, observed, partsOf, type Saying, USAGE, written } from './dialect-fixture.ts'
import { dialects } from './dialects.ts'

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
const name = fc.stringMatching(/^[a-z][a-z_]{0,12}$/)
const input = fc
  .dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.oneof(words, fc.integer(), fc.constant(null)))
  .map((value) => JSON.stringify(value))
const saying: fc.Arbitrary<Saying> = fc
  .record({
    reasoning: fc.option(words, { nil: undefined }),
    text: fc.option(words, { nil: undefined }),
    tools: fc.array(fc.record({ name, input }), { maxLength: 3 }),
  })
  .map(({ reasoning, text, tools }) => ({
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(text === undefined ? {} : { text }),
    tools: tools.map((tool, index) => ({ ...tool, id: `call_${index}` })),
  }))
const cuts = fc.array(fc.nat({ max: 20_000 }), { maxLength: 20 })

/** An array that grows is a form of Gemini's alone. */
const callsOf = (dialect: DialectName): [string, Call][] => [
  ['whole', callOf(false)],
  ['streamed', callOf(true)],
  ...(dialect === 'gemini'
    ? [['as an array', callOf(true, { streamForm: 'array' })] satisfies [string, Call]]
    : []),
]

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

describe.each(DIALECTS)('answers of %s', (dialectName) => {
  const dialect = dialects[dialectName]

  describe.each(callsOf(dialectName))('%s', (_form, call) => {
    test('say what was said, wherever their bytes are cut', async () => {
      await fc.assert(
        fc.asyncProperty(saying, cuts, async (said, places) => {
          const bytes = bytesOf(await written(dialect, partsOf(said), call))
          const inside = places.map((place) => place % (bytes.length + 1))
          const seen = observed(dialect, call, bytes, inside)
          expect(seen).toMatchObject({ complete: true, problem: '', vendorError: null })
          expect(seen.text).toBe(said.text ?? '')
          expect(seen.reasoning).toBe(said.reasoning ?? '')
          expect(seen.toolCalls).toEqual(said.tools)
          expect(seen.model).toBe('answering-model')
          expect(seen.usage).toEqual(USAGE)
        }),
        { numRuns: 60 },
      )
    })

    test('are read one byte at a time', async () => {
      const said = { text: 'Grüße aus 東京 👩‍💻', reasoning: 'ä', tools: [] }
      const bytes = bytesOf(await written(dialect, partsOf(said), call))
      const seen = observed(dialect, call, bytes, [...bytes.keys()])
      expect(seen).toMatchObject({ complete: true, text: said.text, reasoning: said.reasoning })
    })

    test('are not taken for whole when they end early', async () => {
      const said = {
        text: 'I look',
        tools: [{ id: 'c', name: 'bash', input: '{"a":"bcdefghij"}' }],
      }
      const text = await written(dialect, partsOf(said), call)
      const bytes = bytesOf(text)
      // Where the last word of an answer's end begins: what follows adds nothing that is needed.
      const lastWord =
        /.*("finish_reason":"|"finishReason":"|message_stop|response\.completed|\}$)/s
      const end = bytesOf(lastWord.exec(text)?.[0] ?? text).length - (call.stream ? 0 : 1)
      const lengths = Array.from({ length: Math.min(end, bytes.length - 1) }, (_, length) => length)
      const taken = lengths.filter((length) => {
        const { complete, problem } = observed(dialect, call, bytes.subarray(0, length))
        return complete || problem === ''
      })
      expect(taken).toEqual([])
      expect(lengths.length).toBeGreaterThan(100)
    })

    test('that hold an error are the error', async () => {
      const parts = partsOf({ text: 'I was about to say', reasoning: 'hm' })
      const error = { reason: 'provider-overloaded' as const, message: 'too much to do' }
      const broken = [...parts.slice(0, -2), { type: 'error' as const, error }]
      const seen = observed(dialect, call, bytesOf(await written(dialect, broken, call)))
      expect(seen.complete).toBe(false)
      expect(seen.vendorError).toMatchObject({ message: 'too much to do' })
      if (call.stream) expect(seen.text).toBe('I was about to say')
    })

    test('that simply stop are told as an error, not as an answer', async () => {
      const parts = partsOf({ text: 'I was about to say' }).slice(0, -2)
      const seen = observed(dialect, call, bytesOf(await written(dialect, parts, call)))
      expect(seen.complete).toBe(false)
      expect(seen.vendorError?.message).toContain('ended before it was whole')
    })

    test('that are no JSON are malformed', () => {
      const bytes = call.stream ? 'data: {"id": \n\n' : '{"id": }'
      const seen = observed(dialect, call, bytesOf(bytes))
      expect(seen).toMatchObject({ complete: false, problem: expect.stringMatching(/malformed/) })
    })

    test('that another vendor wrote are malformed', () => {
      const body = '{"choices":7,"candidates":7,"type":7,"output":7}'
      const bytes = call.stream ? `data: ${body}\n\n` : body
      const seen = observed(dialect, call, bytesOf(bytes))
      expect(seen).toMatchObject({ complete: false, problem: expect.stringMatching(/malformed/) })
    })
  })

  test('a count and a listing are whole when they can be read', () => {
    const call = callOf(false, { kind: 'count-tokens' })
    const bytes = bytesOf(dialect.writeCount(42))
    expect(observed(dialect, call, bytes)).toMatchObject({ complete: true, usage: null })
    expect(observed(dialect, call, bytes.subarray(0, -1)).complete).toBe(false)
  })

  test('an error may come as JSON where a stream was asked for', () => {
    const { body } = dialect.refuse({ reason: 'rate-limited', message: 'slow down' })
    const seen = observed(dialect, callOf(true), bytesOf(body))
    expect(seen).toMatchObject({ complete: false, vendorError: { message: 'slow down' } })
  })
})
