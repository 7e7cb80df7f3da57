import { afterAll, beforeAll, expect, test } from 'vitest'
import { newSweepId, trialIdOf } from '../../core/ids.ts'
import { openLog, silentLog } from '../../core/log.ts'
import { closeNats, connectNats, type NatsConnection } from '../../core/nats.ts'
import type { Pace } from '../../models/provider.ts'
import { eventually } from '../../test/support/eventually.ts'
import { FakeProvider } from '../../test/support/fake-provider.ts'
import { askAnthropic, GatewayTrial } from '../../test/support/gateway-trial.ts'
import { NatsServer } from '../../test/support/nats-server.ts'
import { SweepBudget } from './budget/sweep-budget.ts'
import { NatsBucket } from './nats-value.ts'
import { FleetPace } from './pace/fleet-pace.ts'

const never = new AbortController().signal
let server: NatsServer
let nats: NatsConnection
beforeAll(async () => {
  server = await NatsServer.start()
  nats = await connectNats(server.url, 'test')
})
afterAll(async () => {
  await closeNats(nats)
  await server[Symbol.asyncDispose]()
})

const budgetOf = (sweep: string, account: string, budgetMicros: number) =>
  new SweepBudget({
    value: new NatsBucket(nats, 'sbench-budgets').value(sweep),
    budgetMicros,
    account,
    log: silentLog,
  })

test('eight nodes that reserve at once are granted what the budget holds, to the last cent', async () => {
  const nodes = Array.from({ length: 8 }, (_, index) => budgetOf('at-once', `${index}`, 500))
  const grants = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      nodes[index % nodes.length]?.ask({ micros: 10, leastMicros: 10 }),
    ),
  )
  expect(grants.filter((grant) => grant?.kind === 'granted')).toHaveLength(50)
  for (const node of nodes) await node[Symbol.asyncDispose]()
})

test('a budget outlives the processes that spent it', async () => {
  const first = budgetOf('outlives', 'first', 100)
  expect(await first.reserve({ micros: 60, leastMicros: 60 }, never)).toBe(60)
  first.settle(60, 55)
  await first[Symbol.asyncDispose]()
  const second = budgetOf('outlives', 'second', 100)
  expect(await second.reserve({ micros: 60, leastMicros: 1 }, never)).toBe(45)
  await second[Symbol.asyncDispose]()
})

test('two gateways share the budget of a sweep', async () => {
  await using fake = await FakeProvider.start()
  fake.answer = ({ body }) => ({
    inputTokens: 20,
    outputTokens: Math.min(20, Number(body.max_tokens)),
  })
  await using one = await GatewayTrial.start([fake.provider()], { nats, node: 'node-a' })
  await using two = await GatewayTrial.start([fake.provider()], { nats, node: 'node-b' })
  const sweep = newSweepId()
  const spent = await Promise.all(
    [one, two, one, two].map(async (gateway, seed) => {
      const trial = trialIdOf(sweep, 'fake', 'task', seed)
      const lease = await gateway.lease({ sweep, trial, sweepBudgetMicros: 12_000 })
      while (lease.access.ended === null) await (await askAnthropic(lease)).text()
      expect(lease.access.ended).toMatchObject({ kind: 'budget' })
      return lease.access.spend().costMicros ?? 0
    }),
  )
  const total = spent.reduce((sum, one) => sum + one)
  expect(total).toBeLessThanOrEqual(12_000)
  expect(total).toBeGreaterThan(10_000)
})

function paceOf(name: string, holder: string, pace: Partial<Pace>, log = silentLog): FleetPace {
  return new FleetPace({
    name,
    pace: { requestsPerMinute: null, tokensPerMinute: null, concurrency: null, ...pace },
    bucket: new NatsBucket(nats, 'sbench-pace'),
    holder,
    log,
  })
}

test('as many calls are under way over two nodes as the provider allows, and none is left waiting', async () => {
  const nodes = [
    paceOf('places', 'a', { concurrency: 3 }),
    paceOf('places', 'b', { concurrency: 3 }),
  ]
  let open = 0
  let most = 0
  await Promise.all(
    Array.from({ length: 24 }, async (_, index) => {
      const turn = await nodes[index % 2]?.turn(1, never)
      open += 1
      most = Math.max(most, open)
      await new Promise((resolve) => setImmediate(resolve))
      open -= 1
      turn?.end(1)
    }),
  )
  expect(most).toBeLessThanOrEqual(3)
  for (const node of nodes) await node[Symbol.asyncDispose]()
})

test('what one node learns of a refusal holds the others back too', async () => {
  const [first, second] = [paceOf('learned', 'a', {}), paceOf('learned', 'b', {})]
  const free = await second.turn(1, never)
  free.end(1)
  const turn = await first.turn(1, never)
  turn.refused(700)
  turn.end(null)
  const from = Date.now()
  await eventually('the other node waits', async () => {
    const before = Date.now()
    const taken = await second.turn(1, never)
    taken.end(1)
    return Date.now() - before > 50 || Date.now() - from > 5_000
  })
  expect(Date.now() - from).toBeLessThan(5_000)
  await first[Symbol.asyncDispose]()
  await second[Symbol.asyncDispose]()
})

test('without NATS a node keeps a pace of its own, says so, and finds back', async () => {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const log = openLog({ process: 'test', destination })
  const pace = paceOf('alone', 'a', { concurrency: 1 }, log)
  ;(await pace.turn(1, never)).end(1)
  await server.kill()
  const held = await pace.turn(1, never)
  const waiting = pace.turn(1, never)
  held.end(1)
  ;(await waiting).end(1)
  expect(lines.filter((line) => line.includes('a pace of our own'))).toHaveLength(1)
  await server.resume()
  await eventually('the fleet is asked again', () =>
    lines.some((line) => line.includes('keeps the pace together again')),
  )
  ;(await pace.turn(1, never)).end(1)
  await pace[Symbol.asyncDispose]()
})

test('a budget waits for NATS and goes on when it is back, with nothing forgotten', async () => {
  const budget = budgetOf('away', 'a', 100)
  expect(await budget.reserve({ micros: 40, leastMicros: 40 }, never)).toBe(40)
  await server.kill()
  budget.settle(40, 40)
  const waiting = budget.reserve({ micros: 70, leastMicros: 1 }, never)
  await server.resume()
  expect(await waiting).toBe(60)
  await budget[Symbol.asyncDispose]()
})
