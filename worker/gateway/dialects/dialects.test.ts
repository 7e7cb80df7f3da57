import { describe, expect, test } from 'vitest'
import { DIALECTS, type DialectName } from '../../../core/model-call.ts'
import type { Refusal } from './dialect.ts'
import { callOf } from './dialect-fixture.ts'
import { dialects } from './dialects.ts'

const REASONS: readonly Refusal['reason'][] = [
  'bad-request',
  'bad-key',
  'not-allowed',
  'not-found',
  'too-large',
  'budget',
  'rate-limited',
  'provider-failed',
  'provider-overloaded',
]

const GENERATE: Readonly<Record<DialectName, { path: string; body: Record<string, unknown> }>> = {
  'anthropic-messages': {
    path: '/v1/messages?beta=true',
    body: { model: 'm', messages: [], stream: true, max_tokens: 7 },
  },
  'openai-chat': {
    path: '/v1/chat/completions',
    body: { model: 'm', messages: [], stream: true, max_completion_tokens: 7 },
  },
  'openai-responses': {
    path: '/v1/responses',
    body: { model: 'm', input: [], stream: true, max_output_tokens: 7 },
  },
  gemini: {
    path: '/v1beta/models/m:streamGenerateContent?alt=sse',
    body: { contents: [], generationConfig: { maxOutputTokens: 7 } },
  },
}

describe.each(DIALECTS)('every dialect: %s', (name) => {
  const dialect = dialects[name]
  const { path, body } = GENERATE[name]

  test('is known by its own name', () => {
    expect(dialect.name).toBe(name)
  })

  test('knows its own path and no other', () => {
    expect(dialect.read('POST', path, body)).toMatchObject({
      kind: 'generate',
      model: 'm',
      stream: true,
      maxOutputTokens: 7,
    })
    expect(dialect.read('GET', path, body)).toBeNull()
    for (const other of DIALECTS.filter((one) => one !== name)) {
      expect(dialect.read('POST', GENERATE[other].path, GENERATE[other].body)).toBeNull()
    }
    expect(dialect.read('POST', '/v1/embeddings', body)).toBeNull()
  })

  test('hands a provider the body as it came, but for the model and what keeps it countable', () => {
    const extra = { ...body, unheard_of: { of: ['anything'] } }
    const call = dialect.read('POST', path, extra)
    if (call === null) throw new Error('the path is not known')
    const { path: target, members } = dialect.forProvider(call, extra, 'real/name')
    const sent = { ...extra, ...members }
    const own = ['model', 'stream_options', 'store', 'include']
    const kept = Object.entries(extra).filter(([key]) => !own.includes(key))
    expect(Object.entries(sent).filter(([key]) => !own.includes(key))).toEqual(kept)
    expect(`${target} ${JSON.stringify(sent)}`).toContain('real/name')
    const { usageInStream: _, ...asked } = call
    const again = dialect.read('POST', target, sent)
    expect(again).toMatchObject({ ...asked, model: 'real/name' })
  })

  test('finds the key where its clients put it', () => {
    const query = new URLSearchParams()
    expect(dialect.keyOf({ authorization: 'Bearer sbench-1' }, query)).toBe('sbench-1')
    expect(dialect.keyOf({}, query)).toBeNull()
    const headers = dialect.providerHeaders('sbench-2', 'again')
    expect(dialect.keyOf(headers, query)).toBe('sbench-2')
  })

  test.each(REASONS)('refuses in words of its own: %s', (reason) => {
    const { status, headers, body: text } = dialect.refuse({ reason, message: 'because' })
    expect(status).toBeGreaterThanOrEqual(400)
    expect(headers['content-type']).toBe('application/json')
    expect(JSON.parse(text)).toMatchObject({ error: { message: 'because' } })
  })

  test('says when to come again', () => {
    const refusal = { reason: 'rate-limited', message: 'later', retryAfterMs: 2_100 } as const
    expect(dialect.refuse(refusal).headers).toMatchObject({ 'retry-after': '3' })
  })

  test('names what is wrong in a body that it cannot read', () => {
    const broken = { model: 'm', messages: 7, input: 7, contents: 7 }
    expect(() => dialect.parse(callOf(false), broken)).toThrow(
      expect.objectContaining({
        code: 'input.invalid',
        message: expect.stringMatching(/messages|input|contents/),
      }),
    )
  })

  test('counts and lists as JSON', () => {
    expect(dialect.writeCount(42)).toContain('42')
    expect(dialect.writeModels(['one', 'two/three'])).toContain('two/three')
    expect(JSON.parse(dialect.writeModel('two/three'))).toEqual(
      expect.objectContaining(
        dialect.name === 'gemini' ? { name: 'models/two/three' } : { id: 'two/three' },
      ),
    )
  })
})

test('Google takes its key from the query too', () => {
  expect(dialects.gemini.keyOf({}, new URLSearchParams('key=sbench-3'))).toBe('sbench-3')
})
