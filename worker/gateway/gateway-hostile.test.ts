import { request } from 'node:http'
import { expect, test } from 'vitest'
import { bareContestant, NO_TRIAL_LIMITS } from '../../coordinator/contract/sweep.ts'
import { eventually } from '../../test/support/eventually.ts'
import { FakeProvider, type Misbehaviour } from '../../test/support/fake-provider.ts'
import { askAnthropic, GatewayTrial, PLANTED_KEY } from '../../test/support/gateway-trial.ts'

const PATHS = [
  ['anthropic', '/v1/messages', (key: string) => ({ 'x-api-key': key })],
  ['chat', '/v1/chat/completions', (key: string) => ({ authorization: `Bearer ${key}` })],
  ['responses', '/v1/responses', (key: string) => ({ authorization: `Bearer ${key}` })],
  ['gemini', '/v1beta/models/model:generateContent', (key: string) => ({ 'x-goog-api-key': key })],
] as const

for (const [dialect, path, headers] of PATHS) {
  test(`keys that are made up, dead, changed or the real one open nothing in ${dialect}`, async () => {
    await using fake = await FakeProvider.start()
    await using trial = await GatewayTrial.start([fake.provider()])
    const dead = await trial.lease()
    await dead.access[Symbol.asyncDispose]()
    const lease = await trial.lease()
    const changed = `${lease.access.key.slice(0, -1)}x`
    for (const key of ['', 'sbench-x', changed, dead.access.key, PLANTED_KEY]) {
      const answer = await fetch(lease.access.url + path, {
        method: 'POST',
        headers: headers(key),
        body: JSON.stringify({ model: 'model', messages: [], input: [], contents: [] }),
      })
      expect([400, 401]).toContain(answer.status)
    }
    expect(fake.requests).toHaveLength(0)
    expect(lease.calls()).toHaveLength(0)
  })
}

test("another trial's key spends that trial's money, and only on its own model", async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider()])
  const [own, other] = [await trial.lease(), await trial.lease()]
  expect(own.access.key).not.toBe(other.access.key)
  await (await askAnthropic(own, { key: other.access.key })).text()
  expect(own.access.spend().calls).toBe(0)
  expect(other.access.spend().calls).toBe(1)
})

test('a model that the key is not for is refused, and the attempt goes on', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider()])
  const lease = await trial.lease()
  for (const model of ['other', 'fake/other', 'other/model', '']) {
    expect((await askAnthropic(lease, { model })).status).toBe(403)
  }
  expect(fake.requests).toHaveLength(0)
  expect(lease.calls().map(({ end }) => end)).toEqual(Array(4).fill('refused'))
  expect((await askAnthropic(lease)).status).toBe(200)
})

test('an agent that is refused for ever fills no disk', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider()])
  const lease = await trial.lease()
  for (let number = 0; number < 130; number += 1) await askAnthropic(lease, { model: 'other' })
  expect(lease.calls()).toHaveLength(100)
})

test('a body of 50 MB is refused in the words of the vendor before it is read', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider()])
  const lease = await trial.lease()
  const before = process.memoryUsage.rss()
  const content = 'x'.repeat(50 * 1024 * 1024)
  const answer = await askAnthropic(lease, { messages: [{ role: 'user', content }] })
  expect(answer.status).toBe(413)
  expect(await answer.json()).toMatchObject({ error: { type: 'request_too_large' } })
  expect(fake.requests).toHaveLength(0)
  expect(process.memoryUsage.rss() - before).toBeLessThan(400 * 1024 * 1024)
})

test('a body that grows beyond 32 MB without having said so is refused too', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider()])
  const { access } = await trial.lease()
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { 'x-api-key': access.key, 'transfer-encoding': 'chunked' }
    const sent = request(`${access.url}/v1/messages`, { method: 'POST', headers }, (answer) => {
      resolve(answer.statusCode)
      answer.resume()
    })
    sent.once('error', reject)
    for (let megabytes = 0; megabytes < 50; megabytes += 1)
      sent.write(Buffer.alloc(1024 * 1024, 32))
    sent.end()
  })
  expect(status).toBe(413)
})

test('340 calls at once are answered or told to come again, and never more than 32 at a time', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider()])
  const lease = await trial.lease()
  const statuses = await Promise.all(
    Array.from({ length: 340 }, async () => {
      const answer = await askAnthropic(lease)
      await answer.text()
      return answer.status
    }),
  )
  const answered = statuses.filter((status) => status === 200).length
  expect(answered).toBeGreaterThanOrEqual(32 + 256)
  expect(statuses.filter((status) => status === 429)).toHaveLength(340 - answered)
  expect(fake.mostOpen).toBeLessThanOrEqual(32)
  expect(lease.calls()).toHaveLength(answered)
  expect(lease.access.spend()).toMatchObject({ calls: answered, costMicros: 600 * answered })
})

const notJson = [
  '{',
  '[]',
  '"x"',
  'null',
  '{"model":3}',
  '{"model":"model","messages":5}',
  '\u0000',
]
for (const body of notJson) {
  test(`${JSON.stringify(body)} for a body is refused in words`, async () => {
    await using fake = await FakeProvider.start()
    await using trial = await GatewayTrial.start([fake.provider({ speaks: ['openai-chat'] })])
    const { access } = await trial.lease()
    const headers = { 'x-api-key': access.key }
    const answer = await fetch(`${access.url}/v1/messages`, { method: 'POST', headers, body })
    expect(answer.status).toBe(400)
    expect(access.ended).toBeNull()
  })
}

test('a planted key is in no event, log line, metric, error or header, whatever the provider does', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([
    fake.provider(),
    fake.provider({ name: 'other', speaks: ['openai-chat'] }),
  ])
  const contestant = { ...bareContestant('loop'), model: 'other/model' }
  const leases = [await trial.lease(), await trial.lease({ contestant })]
  const seen: string[] = []
  const orders: Misbehaviour[] = [
    { kind: 'echo-key' },
    {
      kind: 'status',
      status: 400,
      body: JSON.stringify({ error: { message: `bad ${PLANTED_KEY}` } }),
    },
    { kind: 'cut' },
    { kind: 'status', status: 503, body: PLANTED_KEY },
    { kind: 'status', status: 401, body: `${PLANTED_KEY} is not good` },
  ]
  for (const lease of leases) {
    for (const order of orders) {
      for (const stream of [true, false]) {
        fake.misbehave(order)
        const answer = await askAnthropic(lease, {
          stream,
          system: `I guess ${PLANTED_KEY}`,
        }).catch(String)
        if (typeof answer === 'string') continue
        seen.push(JSON.stringify([...answer.headers]), await answer.text().catch(String))
      }
    }
    await eventually('all is on record', () => lease.calls().length >= orders.length)
    seen.push(JSON.stringify(lease.events), JSON.stringify(lease.access.ended))
    seen.push(JSON.stringify(lease.calls()))
  }
  seen.push(...trial.logged, await trial.metrics.metrics())
  expect(fake.requests.every(({ key }) => key === PLANTED_KEY)).toBe(true)
  expect(seen.join().length).toBeGreaterThan(10_000)
  expect(seen.filter((text) => text.includes(PLANTED_KEY))).toEqual([])
})

test('a request for several answers cannot multiply what a limit has set aside for one', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider()])
  const lease = await trial.lease({ limits: { ...NO_TRIAL_LIMITS, costMicros: 1_000_000 } })
  const answer = await fetch(`${lease.access.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${lease.access.key}` },
    body: JSON.stringify({ model: 'model', n: 100, messages: [{ role: 'user', content: 'Hi' }] }),
  })
  expect(answer.status).toBe(400)
  expect(fake.requests).toHaveLength(0)
})
