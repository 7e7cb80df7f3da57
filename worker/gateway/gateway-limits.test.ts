import { expect, test } from 'vitest'
import { bareContestant, NO_TRIAL_LIMITS } from '../../coordinator/contract/sweep.ts'
import { Failure } from '../../core/failure.ts'
import { newSweepId, trialIdOf } from '../../core/ids.ts'
import { partsOf } from '../../test/support/fake-answer.ts'
import { FakeProvider } from '../../test/support/fake-provider.ts'
import { askAnthropic, GatewayTrial, NOTHING_SPENT } from '../../test/support/gateway-trial.ts'

const UNPRICED = { ...bareContestant('loop'), model: 'fake/model', modelFacts: null }

test('a budget in dollars for a model without a price is refused before the first call', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider()])
  const limits = { ...NO_TRIAL_LIMITS, costMicros: 1_000 }
  const expected = { code: 'config.invalid', message: expect.stringContaining('fake/model') }
  await expect(trial.lease({ contestant: UNPRICED, limits })).rejects.toMatchObject(expected)
  await expect(trial.lease({ contestant: UNPRICED, sweepBudgetMicros: 5 })).rejects.toMatchObject(
    expected,
  )
  const lease = await trial.lease({ contestant: UNPRICED })
  await (await askAnthropic(lease)).text()
  expect(lease.calls()).toMatchObject([{ costMicros: null, usage: { inputTokens: 100 } }])
  expect(lease.access.spend()).toMatchObject({ costMicros: null, inputTokens: 100 })
})

test('an unknown provider, a missing key and a contestant without a model are said by name', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider({ key: { env: 'NOT_SET' } })])
  const of = (model: string | null) => ({ contestant: { ...UNPRICED, model } })
  await expect(trial.lease(of('nobody/model'))).rejects.toMatchObject({ code: 'model.not-found' })
  await expect(trial.lease(of(null))).rejects.toMatchObject({ code: 'model.not-found' })
  await expect(trial.lease(of('fake/model'))).rejects.toMatchObject({ code: 'model.key-missing' })
})

test('a request is capped to what the limit pays for, and the attempt ends when nothing is left', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider()])
  fake.answer = ({ body }) => ({ outputTokens: Number(body.max_tokens) })
  // Input of 100 tokens costs 300, an answer of 100 costs 1,500; the estimate of the input is below 100 tokens.
  const lease = await trial.lease({ limits: { ...NO_TRIAL_LIMITS, costMicros: 4_000 } })
  await (await askAnthropic(lease, { max_tokens: 100 })).text()
  await (await askAnthropic(lease, { max_tokens: 100 })).text()
  const capped =
    Number(fake.requests[1]?.body.max_tokens) + Number(fake.requests[0]?.body.max_tokens)
  expect(capped).toBeGreaterThan(100)
  let calls = 2
  for (; lease.access.ended === null && calls < 20; calls += 1) {
    await (await askAnthropic(lease, { max_tokens: 100 })).text()
  }
  const { costMicros } = lease.access.spend()
  expect(lease.access.ended).toMatchObject({ kind: 'budget' })
  expect(costMicros).toBeGreaterThan(3_000)
  // The fake counts more input than was estimated: by no more than one call can the limit be passed.
  expect(costMicros).toBeLessThan(4_000 + 300)
  const refused = await askAnthropic(lease)
  expect(refused.status).toBe(402)
  expect(lease.calls().at(-1)).toMatchObject({ end: 'refused', usage: null })
  expect(fake.requests.length).toBeLessThan(calls)
})

test.each([
  ['calls', { calls: 2 }],
  ['tokens', { tokens: 300 }],
])('the limit of %s ends the attempt as its own doing', async (_, limit) => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider()])
  const lease = await trial.lease({ limits: { ...NO_TRIAL_LIMITS, ...limit } })
  const statuses: number[] = []
  while (lease.access.ended === null && statuses.length < 9) {
    const answer = await askAnthropic(lease)
    await answer.text()
    statuses.push(answer.status)
  }
  expect(statuses.at(-1)).toBe(402)
  expect(statuses.slice(0, -1)).toEqual(Array(statuses.length - 1).fill(200))
  expect(fake.requests.length).toBeGreaterThanOrEqual(2)
  expect(lease.access.ended).toMatchObject({ kind: 'budget' })
  expect(lease.access.signal.aborted).toBe(true)
})

test('model time counts answers that overlap once, and ends the attempt when it is used up', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider()])
  const lease = await trial.lease({ limits: { ...NO_TRIAL_LIMITS, modelTimeMs: 150 } })
  const gate = Promise.withResolvers<void>()
  fake.gate = gate.promise
  const both = [askAnthropic(lease), askAnthropic(lease)]
  setTimeout(gate.resolve, 200)
  for (const answer of await Promise.all(both)) await answer.text()
  const { modelMs } = lease.access.spend()
  expect(modelMs).toBeGreaterThanOrEqual(150)
  expect(modelMs).toBeLessThan(lease.calls().reduce((sum, { answerMs }) => sum + answerMs, 0))
  expect((await askAnthropic(lease)).status).toBe(402)
})

test('calls side by side wait for each other rather than pass a limit together', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider()])
  const lease = await trial.lease({ limits: { ...NO_TRIAL_LIMITS, costMicros: 5_000 } })
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => askAnthropic(lease, { max_tokens: 200 })),
  )
  for (const answer of answers) await answer.text()
  expect(lease.access.spend().costMicros).toBeLessThanOrEqual(5_000)
  expect(lease.access.spend().costMicros).toBeGreaterThan(3_500)
})

test('trials of a sweep share its budget', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider()])
  fake.answer = ({ body }) => ({
    inputTokens: 20,
    outputTokens: Math.min(20, Number(body.max_tokens)),
  })
  const sweep = newSweepId()
  const leases = [1, 2, 3].map((seed) =>
    trial.lease({
      sweep,
      trial: trialIdOf(sweep, 'fake', 'task', seed),
      sweepBudgetMicros: 10_000,
    }),
  )
  const spent = await Promise.all(
    leases.map(async (lease) => {
      const { access, ...rest } = await lease
      while (access.ended === null) await (await askAnthropic({ access, ...rest })).text()
      expect(access.ended).toMatchObject({ kind: 'budget', message: /budget of the sweep/ })
      return access.spend().costMicros ?? 0
    }),
  )
  const total = spent.reduce((sum, one) => sum + one)
  expect(total).toBeLessThanOrEqual(10_000)
  expect(total).toBeGreaterThan(8_000)
})

test('what an earlier process spent counts, and calls go on from its number', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider()])
  const lease = await trial.lease({
    spent: { ...NOTHING_SPENT, calls: 7, costMicros: 900_000 },
    limits: { ...NO_TRIAL_LIMITS, costMicros: 1_000_000, calls: 8 },
  })
  await (await askAnthropic(lease)).text()
  expect(lease.calls()).toMatchObject([{ call: 8 }])
  expect(lease.access.spend()).toMatchObject({ calls: 8, costMicros: 900_600 })
  expect((await askAnthropic(lease)).status).toBe(402)
})

test('a worker that starts again knows the keys of its attempts, and nobody else does', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider()])
  const sweep = newSweepId()
  const options = { sweep, trial: trialIdOf(sweep, 'fake', 'task', 1) }
  const { key } = (await trial.lease(options)).access
  await using elsewhere = await GatewayTrial.start([fake.provider()])
  expect((await elsewhere.lease(options)).access.key).not.toBe(key)
  await trial.restart()
  const again = await trial.lease(options)
  expect(again.access.key).toBe(key)
  expect((await trial.lease({ ...options, attempt: 2 })).access.key).not.toBe(key)
  expect((await askAnthropic(again)).status).toBe(200)
})

test('a scripted model answers agents of any dialect without a provider, and says when its plan ran out', async () => {
  const about: unknown[] = []
  await using trial = await GatewayTrial.start([], {
    scripted: (request, facts) => {
      about.push({ ...facts, prompt: request.prompt.length })
      if (facts.call > 1) throw new Failure('model.plan-ran-out', 'The plan has 1 turn.')
      return partsOf({ text: ['Scripted'] })
    },
  })
  const contestant = { ...UNPRICED, model: 'scripted/engineer' }
  const lease = await trial.lease({ contestant, taskDir: '/tasks/x', sweepBudgetMicros: 1 })
  expect(lease.access.model).toBe('engineer')
  const answer = await fetch(`${lease.access.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${lease.access.key}` },
    body: JSON.stringify({ model: 'engineer', messages: [{ role: 'user', content: 'Hi' }] }),
  })
  expect(await answer.json()).toMatchObject({ choices: [{ message: { content: 'Scripted' } }] })
  expect(about).toMatchObject([
    { taskDir: '/tasks/x', model: 'engineer', task: 'task', call: 1, prompt: 1 },
  ])
  expect((await askAnthropic(lease)).status).toBe(500)
  expect(lease.access.ended).toMatchObject({ kind: 'provider', code: 'model.plan-ran-out' })
  expect(lease.calls()).toMatchObject([
    { costMicros: 0, providerDialect: 'scripted' },
    { end: 'failed' },
  ])
})

test('a recorded trial is replayed without a call: the same bytes, or the first difference', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider()])
  fake.answer = ({ body }) => ({ text: [`answer to ${JSON.stringify(body.messages).length}`] })
  const turns = [1, 2, 3].map((turn) => [
    { role: 'user', content: `turn ${turn}, at 2026-11-27T11:0${turn}:00Z in /tmp/run-a${turn}/x` },
  ])
  const recorded = await trial.lease()
  const before: string[] = []
  for (const messages of turns)
    before.push(await (await askAnthropic(recorded, { messages })).text())
  const asked = fake.requests.length

  const replayed = await trial.lease({ recording: recorded.calls() })
  const later = JSON.parse(
    JSON.stringify(turns).replaceAll('11:0', '09:4').replaceAll('run-a', 'run-q'),
  )
  const after: string[] = []
  for (const messages of later)
    after.push(await (await askAnthropic(replayed, { messages })).text())
  expect(after).toEqual(before)
  expect(fake.requests).toHaveLength(asked)
  expect(replayed.calls()).toMatchObject(
    Array(3).fill({ providerDialect: 'replay', end: 'answered' }),
  )

  const differing = await trial.lease({ recording: recorded.calls() })
  const other = [{ role: 'user', content: 'turn 1, somewhere else' }]
  expect((await askAnthropic(differing, { messages: other })).status).toBe(500)
  expect(differing.access.ended).toMatchObject({
    kind: 'provider',
    code: 'replay.differs',
    message: expect.stringContaining('somewhere else'),
  })
})

test('an attempt whose calls cannot be kept ends, and its agent does not get the end of an answer', async () => {
  await using fake = await FakeProvider.start()
  await using trial = await GatewayTrial.start([fake.provider()])
  const lease = await trial.lease({
    recorder: {
      record: () => undefined,
      flush: () => Promise.reject(new Failure('spool.full', 'no room')),
    },
  })
  const asked = askAnthropic(lease).then((answer) => answer.text())
  await expect(asked).rejects.toThrow(/terminated|fetch failed/)
  expect(lease.access.ended).toMatchObject({ kind: 'provider', code: 'spool.full' })
})
