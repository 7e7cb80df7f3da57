import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { silentLog } from '../../../core/log.ts'
import { memoryValue, type SharedValue } from '../shared-state.ts'
import { LEASE_MS, parseAccounts, usedMicros } from './sweep-accounts.ts'
import { SweepBudget } from './sweep-budget.ts'

const log = silentLog
const never = new AbortController().signal

/** Loses some answers: of half of those writes, the write itself was done. */
function flaky(value: SharedValue, faults: Iterator<number>): SharedValue {
  return {
    read: async () => {
      if (faults.next().value === 1) throw new Error('the read is lost')
      return value.read()
    },
    async write(text, revision) {
      const fault = faults.next().value
      if (fault === 1) throw new Error('the write is lost')
      const written = await value.write(text, revision)
      if (fault === 2) throw new Error('the answer is lost')
      return written
    },
  }
}

type Step =
  | { readonly act: 'reserve'; readonly node: number; readonly micros: number }
  | { readonly act: 'settle'; readonly node: number; readonly share: number }
  | { readonly act: 'crash'; readonly node: number }

const node = fc.integer({ min: 0, max: 2 })
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        act: fc.constant('reserve' as const),
        node,
        micros: fc.integer({ min: 1, max: 400 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        act: fc.constant('settle' as const),
        node,
        share: fc.double({ min: 0, max: 1.3, noNaN: true }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('crash' as const), node }) },
  ),
  { minLength: 5, maxLength: 60 },
)

test('whatever is reserved, settled, lost or crashed in any order, spend passes the budget by no more than calls under way cost too much', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.infiniteStream(fc.nat(9)), async (plan, faults) => {
      const budgetMicros = 1_000
      const value = memoryValue()
      const start = () => ({
        budget: new SweepBudget({
          value: flaky(value, faults),
          budgetMicros,
          account: randomUUID(),
          log,
        }),
        granted: [] as number[],
      })
      const nodes = [start(), start(), start()]
      let spent = 0
      let beyondReserved = 0
      const underWay: Promise<void>[] = []
      for (const step of plan) {
        const at = nodes[step.node] ?? start()
        if (step.act === 'crash') {
          // The calls of the dead were answered and cost what they could.
          for (const micros of at.granted) spent += micros
          await at.budget[Symbol.asyncDispose]()
          nodes[step.node] = start()
        } else if (step.act === 'settle') {
          const micros = at.granted.pop()
          if (micros === undefined) continue
          const cost = Math.round(micros * step.share)
          spent += cost
          beyondReserved += Math.max(0, cost - micros)
          at.budget.settle(micros, cost)
        } else {
          const { micros } = step
          const asked = at.budget.ask({ micros, leastMicros: micros }).then(
            (grant) => void (grant.kind === 'granted' && at.granted.push(grant.micros)),
            () => undefined,
          )
          underWay.push(asked)
          if (micros % 2 === 0) await asked
        }
      }
      await Promise.all(underWay)
      const held = nodes.flatMap(({ granted }) => granted).reduce((sum, micros) => sum + micros, 0)
      expect(spent + held).toBeLessThanOrEqual(budgetMicros + beyondReserved)
    }),
    { numRuns: 300 },
  )
})

test('forty calls at once on four nodes are granted what the budget holds, to the last cent', async () => {
  const value = memoryValue()
  const nodes = [1, 2, 3, 4].map(
    (number) => new SweepBudget({ value, budgetMicros: 250, account: `${number}`, log }),
  )
  const grants = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      nodes[index % 4]?.ask({ micros: 10, leastMicros: 10 }),
    ),
  )
  expect(grants.filter((grant) => grant?.kind === 'granted')).toHaveLength(25)
  expect(grants.filter((grant) => grant?.kind === 'wait')).toHaveLength(15)
})

test('what one call leaves over is granted to the next, which waited for it', async () => {
  const value = memoryValue()
  const [first, second] = ['a', 'b'].map(
    (account) => new SweepBudget({ value, budgetMicros: 100, account, log }),
  ) as [SweepBudget, SweepBudget]
  expect(await first.reserve({ micros: 90, leastMicros: 90 }, never)).toBe(90)
  const waiting = second.reserve({ micros: 60, leastMicros: 60 }, never)
  first.settle(90, 30)
  expect(await waiting).toBe(60)
  second.settle(60, 60)
  expect(await first.reserve({ micros: 50, leastMicros: 1 }, never)).toBe(10)
  first.settle(10, 10)
  expect(await second.reserve({ micros: 50, leastMicros: 1 }, never)).toBeNull()
})

test('what a crash leaves reserved counts as spent, and nobody waits for it once its lease is over', async () => {
  const value = memoryValue()
  let now = 0
  const options = { value, budgetMicros: 100, log, now: () => now }
  await new SweepBudget({ ...options, account: 'dead' }).ask({ micros: 80, leastMicros: 80 })
  const alive = new SweepBudget({ ...options, account: 'alive' })
  expect(await alive.ask({ micros: 50, leastMicros: 50 })).toEqual({ kind: 'wait' })
  now = LEASE_MS + 1
  expect(await alive.ask({ micros: 50, leastMicros: 50 })).toEqual({ kind: 'over' })
  expect(await alive.ask({ micros: 50, leastMicros: 5 })).toEqual({ kind: 'granted', micros: 20 })
})

test('a process that lives writes its totals again when the bucket was lost', async () => {
  let value = memoryValue()
  const through: SharedValue = {
    read: () => value.read(),
    write: (text, revision) => value.write(text, revision),
  }
  const budget = new SweepBudget({ value: through, budgetMicros: 100, account: 'a', log })
  await budget.reserve({ micros: 70, leastMicros: 70 }, never)
  value = memoryValue()
  budget.settle(70, 65)
  await budget[Symbol.asyncDispose]()
  expect(usedMicros(parseAccounts((await value.read())?.text ?? null))).toBe(65)
})
