import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { bareContestant } from '../../coordinator/contract/sweep.ts'
import { newSweepId, trialIdOf } from '../../core/ids.ts'
import { eventually } from '../../test/support/eventually.ts'
import { FakeProvider, type Misbehaviour } from '../../test/support/fake-provider.ts'
import {
  askAnthropic,
  GatewayTrial,
  type Lease,
  PLANTED_KEY,
} from '../../test/support/gateway-trial.ts'

async function start(options: Parameters<typeof GatewayTrial.start>[1] = {}) {
  const fake = await FakeProvider.start()
  const trial = await GatewayTrial.start([fake.provider()], options)
  return {
    fake,
    trial,
    async [Symbol.asyncDispose]() {
      await trial[Symbol.asyncDispose]()
      await fake[Symbol.asyncDispose]()
    },
  }
}

test('an answer passes through byte for byte, and the call is on record when it has ended', async () => {
  await using all = await start()
  const { fake, trial } = all
  fake.answer = () => ({ tools: [{ name: 'bash', input: { command: 'ls' } }] })
  const lease = await trial.lease()
  const direct = await fetch(`${fake.url}/v1/messages`, {
    method: 'POST',
    body: JSON.stringify({
      model: 'model',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
    }),
  })
  const answer = await askAnthropic(lease)
  const text = await answer.text()
  expect(text).toBe(await direct.text())
  expect(answer.headers.get('request-id')).toBe('req_fake')
  expect(lease.calls()).toMatchObject([
    {
      call: 1,
      dialect: 'anthropic-messages',
      providerDialect: 'anthropic-messages',
      model: 'fake/model',
      end: 'answered',
      status: 200,
      usage: { inputTokens: 100, outputTokens: 20 },
      costMicros: 600,
      text: 'Hello there',
      toolCalls: [{ name: 'bash', input: '{"command":"ls"}' }],
      response: text,
    },
  ])
  expect(lease.access.spend()).toMatchObject({ calls: 1, costMicros: 600, inputTokens: 100 })
})

test('a request passes through as it came, but for model and key', async () => {
  await using all = await start()
  const { fake, trial } = all
  const lease = await trial.lease()
  const extra = {
    metadata: { user_id: 'u' },
    thinking: { type: 'enabled', budget_tokens: 50 },
    unheard_of: [1],
  }
  await (await askAnthropic(lease, { ...extra, model: 'fake/model' })).text()
  const [received] = fake.requests
  expect(received?.body).toEqual({
    model: 'model',
    max_tokens: 100,
    messages: [{ role: 'user', content: 'Hi' }],
    ...extra,
    stream: true,
  })
  expect(received?.key).toBe(PLANTED_KEY)
  expect(JSON.stringify(received?.headers)).not.toContain(lease.access.key)
})

test('a request passes to the byte, also to where its numbers and spaces stand', async () => {
  await using all = await start()
  const lease = await all.trial.lease()
  const body = (model: string) =>
    `{ "model" : "${model}", "max_tokens":1e2,"temperature": 1.0, "messages":[{"role":"user","content":"\\u00e9 ü"}] }`
  const answer = await fetch(`${lease.access.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': lease.access.key, 'anthropic-version': '2023-06-01' },
    body: body('fake/model'),
  })
  expect(await answer.json()).toMatchObject({ content: [{ text: 'Hello there' }] })
  expect(all.fake.requests[0]?.text).toBe(body('model'))
  expect(lease.calls()[0]?.request).toBe(body('fake/model'))
})

test('an agent has the last words of an answer once the call is on record, streaming or not', async () => {
  await using all = await start()
  const { trial } = all
  for (const stream of [true, false]) {
    const written = Promise.withResolvers<void>()
    let flushes = 0
    const recorder = {
      record: () => undefined,
      flush: () => {
        flushes += 1
        return written.promise
      },
    }
    const lease = await trial.lease({ recorder })
    const asked = askAnthropic(lease, { stream })
    let said = ''
    const reading = (async () => {
      const decoder = new TextDecoder()
      for await (const piece of (await asked).body ?? []) said += decoder.decode(piece)
    })()
    await eventually('it is being written', () => flushes > 0)
    await sleep(50)
    expect(said).not.toContain('message_stop')
    expect(said).not.toContain('end_turn"')
    if (!stream) expect(said).toBe('')
    written.resolve()
    await reading
    expect(said).toContain(stream ? 'message_stop' : 'Hello there')
  }
})

test('an agent that leaves while its call is being written takes nothing else with it', async () => {
  await using all = await start()
  const { trial } = all
  const written = Promise.withResolvers<void>()
  let flushes = 0
  const flush = () => {
    flushes += 1
    return written.promise
  }
  const lease = await trial.lease({ recorder: { record: () => undefined, flush } })
  const leaving = new AbortController()
  const asked = askAnthropic(lease, { stream: false, signal: leaving.signal })
  await eventually('it is being written', () => flushes > 0)
  leaving.abort()
  await expect(asked).rejects.toThrow(/abort/)
  written.resolve()
  expect((await askAnthropic(lease)).status).toBe(200)
  expect(lease.access.spend()).toMatchObject({ calls: 2 })
})

test('a request is on record while its answer still comes', async () => {
  await using all = await start()
  const lease = await all.trial.lease()
  all.fake.misbehave({ kind: 'stall' })
  const messages = [{ role: 'user', content: 'a long prompt '.repeat(100) }]
  const answer = await askAnthropic(lease, { messages })
  const rest = answer.text().catch(() => 'broken off')
  await eventually('the prompt is on record', () =>
    lease.events.some(({ kind, body }) => kind === 'model-part' && body?.includes('a long prompt')),
  )
  expect(lease.calls()).toEqual([])
  expect(await rest).toBe('broken off')
  await eventually('the call is on record', () => lease.calls().length === 1)
  expect(lease.calls()).toMatchObject([{ end: 'failed' }])
  expect(JSON.parse(lease.calls()[0]?.request ?? '')).toMatchObject({ messages })
})

const unseen: readonly (readonly [string, Misbehaviour])[] = [
  ['a refusal for coming too often', { kind: 'status', status: 429, retryAfter: '0.01' }],
  ['an error of the provider', { kind: 'status', status: 503 }],
  ['an overloaded provider', { kind: 'status', status: 529 }],
  ['a reset connection', { kind: 'reset' }],
  ['silence', { kind: 'silence' }],
  ['an error as the first word', { kind: 'early-error' }],
]
for (const stream of [true, false]) {
  for (const [what, order] of unseen) {
    if (order.kind === 'early-error' && !stream) continue
    test(`the agent does not see ${what}, ${stream ? 'streaming' : 'not streaming'}`, async () => {
      await using all = await start()
      const { fake, trial } = all
      const lease = await trial.lease()
      fake.misbehave(order, order)
      const answer = await askAnthropic(lease, { stream })
      expect(await answer.text()).toContain('Hello')
      expect(answer.status).toBe(200)
      const [call] = lease.calls()
      expect(call).toMatchObject({ end: 'answered', retries: 2 })
      const keys = new Set(fake.requests.map(({ headers }) => headers['idempotency-key']))
      expect(keys.size).toBe(1)
    })
  }
}

for (const kind of ['cut', 'short', 'wrong-json', 'wrong-length', 'stall'] as const) {
  test(`an answer in one piece that is broken (${kind}) is asked for again`, async () => {
    await using all = await start()
    const { fake, trial } = all
    const lease = await trial.lease()
    fake.misbehave({ kind })
    const answer = await askAnthropic(lease, { stream: false })
    expect(await answer.json()).toMatchObject({ content: [{ text: 'Hello there' }] })
    expect(lease.calls()).toMatchObject([{ end: 'answered', retries: 1 }])
  })
}

test('a stream that breaks before the agent has any of it is asked for again', async () => {
  await using all = await start()
  const { fake, trial } = all
  const lease = await trial.lease()
  fake.misbehave({ kind: 'wrong-length' })
  expect(await (await askAnthropic(lease)).text()).toContain('message_stop')
  expect(lease.calls()).toMatchObject([{ end: 'answered', retries: 1 }])
})

for (const kind of ['cut', 'short', 'wrong-json', 'stall'] as const) {
  test(`a stream that breaks in the middle (${kind}) breaks for the agent too, and is counted`, async () => {
    await using all = await start()
    const { fake, trial } = all
    fake.answer = () => ({ tools: [{ name: 'bash', input: { command: 'x'.repeat(500) } }] })
    const lease = await trial.lease()
    fake.misbehave({ kind })
    const broken = askAnthropic(lease).then((answer) => answer.text())
    await expect(broken).rejects.toThrow(/terminated|fetch failed/)
    await eventually('it is on record', () => lease.calls().length === 1)
    expect(lease.calls()).toMatchObject([{ end: 'failed', status: 200 }])
    expect(await (await askAnthropic(lease)).text()).toContain('message_stop')
    expect(lease.access.ended).toBeNull()
  })
}

test('streams that break again and again end the attempt as a fault of the provider', async () => {
  await using all = await start()
  const { fake, trial } = all
  const lease = await trial.lease()
  for (let number = 0; number < 5; number += 1) {
    fake.misbehave({ kind: 'cut' })
    await askAnthropic(lease)
      .then((answer) => answer.text())
      .catch(() => '')
  }
  await eventually('it is given up', () => lease.access.ended !== null)
  expect(lease.access.ended).toMatchObject({ kind: 'provider', code: 'model.provider-failed' })
  expect(lease.access.signal.aborted).toBe(true)
})

test('a provider that never answers well is a fault of the infrastructure, not a score', async () => {
  await using all = await start()
  const { fake, trial } = all
  const lease = await trial.lease()
  fake.misbehave(...Array<Misbehaviour>(6).fill({ kind: 'status', status: 500 }))
  const answer = await askAnthropic(lease)
  expect(answer.status).toBe(500)
  expect(lease.access.ended).toMatchObject({ kind: 'provider', code: 'model.provider-failed' })
  expect(lease.calls()).toMatchObject([
    { end: 'failed', retries: 5, usage: null, costMicros: null },
  ])
  expect(lease.access.spend().costMicros).toBe(0)
})

test('a key that the provider refuses is said by name, once, without asking again', async () => {
  await using all = await start()
  const { fake, trial } = all
  const lease = await trial.lease()
  fake.misbehave({ kind: 'status', status: 401 })
  expect((await askAnthropic(lease)).status).toBe(500)
  expect(lease.access.ended).toMatchObject({ kind: 'provider', code: 'model.key-refused' })
  expect(fake.requests).toHaveLength(1)
})

test("a request that the vendor refuses comes back in the vendor's own words and costs nothing", async () => {
  await using all = await start()
  const { fake, trial } = all
  const lease = await trial.lease()
  const body =
    '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long"}}'
  fake.misbehave({ kind: 'status', status: 400, body })
  const answer = await askAnthropic(lease)
  expect([answer.status, await answer.text()]).toEqual([400, body])
  expect(lease.calls()).toMatchObject([{ end: 'refused', status: 400, retries: 0, response: body }])
  expect(lease.access.spend()).toMatchObject({ costMicros: 0, inputTokens: 0 })
  expect(lease.access.ended).toBeNull()
})

test('an answer that comes a byte at a time passes a byte at a time', async () => {
  await using all = await start()
  const { fake, trial } = all
  const lease = await trial.lease()
  fake.misbehave({ kind: 'drip', everyMs: 1 })
  const answer = await askAnthropic(lease)
  let pieces = 0
  for await (const _ of answer.body ?? []) pieces += 1
  expect(pieces).toBeGreaterThan(50)
  expect(lease.calls()).toMatchObject([{ end: 'answered', text: 'Hello there' }])
})

test('what an agent leaves in the middle is abandoned at the provider too, and recorded', async () => {
  await using all = await start()
  const { fake, trial } = all
  const lease = await trial.lease()
  fake.misbehave({ kind: 'drip', everyMs: 20 })
  const leaving = new AbortController()
  const answer = await askAnthropic(lease, { signal: leaving.signal })
  await answer.body?.getReader().read()
  leaving.abort()
  await eventually('the provider is left', () => fake.open === 0)
  await eventually('it is on record', () => lease.calls().length === 1)
  expect(lease.calls()).toMatchObject([{ end: 'abandoned' }])
})

test('an agent of each dialect is translated for when the provider speaks another', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider({ speaks: ['openai-chat'] })])
  fake.answer = () => ({ tools: [{ name: 'bash', input: { command: 'ls' } }] })
  const lease = await trial.lease()
  const tools = [
    { name: 'bash', input_schema: { type: 'object', properties: { command: { type: 'string' } } } },
  ]
  const answer = await askAnthropic(lease, { stream: false, tools, metadata: { user_id: 'u' } })
  expect(await answer.json()).toMatchObject({
    content: [
      { type: 'text', text: 'Hello there' },
      { type: 'tool_use', name: 'bash', input: { command: 'ls' } },
    ],
    usage: { input_tokens: 100, output_tokens: 20 },
  })
  expect(answer.headers.get('x-sbench-lost')).toContain('metadata')
  expect(fake.requests).toMatchObject([{ dialect: 'openai-chat', key: PLANTED_KEY }])
  expect(lease.calls()).toMatchObject([
    { dialect: 'anthropic-messages', providerDialect: 'openai-chat', costMicros: 600 },
  ])
  expect(lease.calls()[0]?.lost.join()).toContain('metadata')
})

for (const stream of [true, false]) {
  test(`a translated call is tried again too (${stream ? 'stream' : 'one piece'})`, async () => {
    await using fake = await FakeProvider.start()
    await using trial = await GatewayTrial.start([fake.provider({ speaks: ['openai-chat'] })])
    const lease = await trial.lease()
    fake.misbehave(
      { kind: 'status', status: 503 },
      { kind: 'status', status: 429, retryAfter: '0' },
    )
    expect(await (await askAnthropic(lease, { stream })).text()).toContain('Hello')
    expect(lease.calls()).toMatchObject([{ end: 'answered', retries: 2 }])
  })
}

test('the socket of the sandboxes answers as the port does, and is gone with the gateway', async () => {
  await using fake = await FakeProvider.start()
  const trial = await GatewayTrial.start([fake.provider()])
  const { access } = await trial.lease()
  const { socketPath } = trial.gateway
  const body = JSON.stringify({ model: 'model', messages: [{ role: 'user', content: 'Hi' }] })
  const answer = await new Promise<string>((resolve, reject) => {
    const headers = { authorization: `Bearer ${access.key}` }
    const options = { socketPath, path: '/v1/chat/completions', method: 'POST', headers }
    request(options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      response.once('end', () => resolve(text))
    })
      .once('error', reject)
      .end(body)
  })
  expect(JSON.parse(answer)).toMatchObject({ choices: [{ message: { content: 'Hello there' } }] })
  await trial[Symbol.asyncDispose]()
  expect(existsSync(socketPath)).toBe(false)
})

test('tokens are counted by the provider of the same dialect, else estimated, and are no call', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([
    fake.provider(),
    fake.provider({ name: 'chat', speaks: ['openai-chat'] }),
  ])
  const lease = await trial.lease()
  const contestant = { ...bareContestant('loop'), model: 'chat/model' }
  const translated = await trial.lease({ contestant })
  const count = async ({ access }: Lease) => {
    const answer = await fetch(`${access.url}/v1/messages/count_tokens`, {
      method: 'POST',
      headers: { 'x-api-key': access.key },
      body: JSON.stringify({
        model: 'model',
        messages: [{ role: 'user', content: 'x'.repeat(300) }],
      }),
    })
    const body = (await answer.json()) as { input_tokens: number }
    return body.input_tokens
  }
  expect(await count(lease)).toBe(1_234)
  expect(await count(translated)).toBeGreaterThan(100)
  expect(lease.access.spend().calls).toBe(0)
  expect(lease.calls()).toEqual([])
})

test('an agent that went on without its worker waits until its key is good again', async () => {
  const expected: string[] = []
  const alongside = {
    expect: (key: string) => void expected.push(key),
    handle: async () => false,
  }
  const trial = trialIdOf(newSweepId(), 'fake', 'task', 1)
  await using all = await start({ adopted: [{ trial, attempt: 1 }], alongside })
  const { key } = (await all.trial.lease({ trial })).access
  await all.trial.restart()
  expect(expected).toEqual([key, key])
  const ask = (asked: string) =>
    fetch(`${all.trial.gateway.url}/v1/models`, {
      headers: { 'x-api-key': asked, 'anthropic-version': '2023-06-01' },
    })
  const waiting = ask(key).then(({ status }) => status)
  expect((await ask('sbench-of-nobody')).status).toBe(401)
  expect(await Promise.race([waiting, 'it waits'])).toBe('it waits')
  await all.trial.lease({ trial })
  expect(await waiting).toBe(200)
})

test('a key lists and shows its own model and no other', async () => {
  await using all = await start()
  const { access } = await all.trial.lease()
  for (const headers of [
    { 'x-api-key': access.key, 'anthropic-version': '2023-06-01' },
    { authorization: `Bearer ${access.key}` },
  ]) {
    const answer = await fetch(`${access.url}/v1/models`, { headers })
    expect(await answer.json()).toMatchObject({ data: [{ id: 'model' }] })
    const own = await fetch(`${access.url}/v1/models/model`, { headers })
    expect(await own.json()).toMatchObject({ id: 'model' })
    const other = await fetch(`${access.url}/v1/models/another`, { headers })
    expect(other.status).toBe(404)
    expect(JSON.stringify(await other.json())).toContain('another')
  }
})
