import fc from 'fast-check'
import { expect, test } from 'vitest'
import { neverSolvedBound } from './clopper-pearson.ts'
import { roundDeviation, sequenceHalfWidth } from './confidence-sequence.ts'
import { equivalenceP, verdictOf } from './equivalence.ts'
import { holm } from './holm.ts'
import { itemRestCorrelations } from './item-rest.ts'
import { mcnemar } from './mcnemar.ts'
import { differencesOf, pairedDifference } from './paired-difference.ts'
import { passAtK, passCurves } from './pass-at-k.ts'
import { pointRanks, rankSets } from './rank-sets.ts'
import { signFlip } from './sign-flip.ts'
import { MICRO, macroMean, type TaskCell } from './task-cell.ts'
import { theseTasks } from './these-tasks.ts'

/** Shares of a fifth, so that ties and equal values happen. */
const share = fc.integer({ min: 0, max: 5 }).map((fifths) => fifths / 5)
const differences = fc
  .array(fc.tuple(share, share), { minLength: 10, maxLength: 40 })
  .map((pairs) => Float64Array.from(pairs, ([first, second]) => first - second))
const alone = (values: Float64Array) => ({ values, clusters: Int32Array.from(values.keys()) })

test('a difference turned round changes its sign and nothing else', () => {
  fc.assert(
    fc.property(differences, (values) => {
      const there = pairedDifference(alone(values))
      const back = pairedDifference(alone(values.map((value) => -value)))
      expect((back.estimate ?? 0) + (there.estimate ?? 0)).toBeCloseTo(0, 12)
      expect((back.low ?? 0) + (there.high ?? 0)).toBeCloseTo(0, 12)
      expect(back.p).toBeCloseTo(there.p ?? -1, 12)
    }),
  )
})

test('a constant shift of one contestant shifts the interval by as much', () => {
  fc.assert(
    fc.property(differences, fc.double({ min: -0.3, max: 0.3, noNaN: true }), (values, shift) => {
      fc.pre(values.some((value) => value !== values[0]))
      const small = values.map((value) => value / 4)
      const before = pairedDifference(alone(small))
      const after = pairedDifference(alone(small.map((value) => value + shift)))
      expect(after.estimate).toBeCloseTo((before.estimate ?? 0) + shift, 12)
      expect(after.low).toBeCloseTo((before.low ?? 0) + shift, 12)
      expect(after.high).toBeCloseTo((before.high ?? 0) + shift, 12)
    }),
  )
})

test('pairing does not depend on the order of tasks', () => {
  fc.assert(
    fc.property(differences, (values) => {
      const [there, back] = [alone(values), alone(values.toReversed())]
      expect(pairedDifference(back).low).toBeCloseTo(pairedDifference(there).low ?? 9, 12)
      const few = values.subarray(0, 12)
      expect(signFlip(few.toReversed()).p).toBe(signFlip(few).p)
    }),
  )
})

test('tasks that one of the two lacks are left out of their difference, and only those', () => {
  const means = Float64Array.of(0.5, Number.NaN, 1, 0.25, 1, Number.NaN)
  const { values, clusters } = differencesOf({ means, clusters: Int32Array.of(0, 1, 2) }, 0, 1)
  expect([...values]).toEqual([0.25])
  expect([...clusters]).toEqual([0])
  expect(pairedDifference({ values, clusters })).toMatchObject({
    estimate: 0.25,
    low: null,
    p: null,
  })
})

test('copies of tasks in one family add no confidence', () => {
  fc.assert(
    fc.property(differences, fc.integer({ min: 2, max: 4 }), (values, times) => {
      fc.pre(values.some((value) => value !== values[0]))
      const copies = Array.from(values).flatMap((value) => Array<number>(times).fill(value))
      const families = Int32Array.from(copies.keys(), (at) => Math.floor(at / times))
      const once = pairedDifference(alone(values))
      const copied = pairedDifference({ values: Float64Array.from(copies), clusters: families })
      expect(copied.degrees).toBe(once.degrees)
      expect(copied.low).toBeCloseTo(once.low ?? 9, 10)
      expect(copied.p).toBeCloseTo(once.p ?? 9, 10)
    }),
  )
})

test('equal differences leave an interval with a width, and p by the signs', () => {
  const half = pairedDifference(alone(new Float64Array(20).fill(0.5)))
  expect(half).toMatchObject({ estimate: 0.5, constant: true, p: 2 ** -19 })
  expect(half.low).toBeGreaterThan(0)
  expect(half.low).toBeLessThan(0.4)
  expect(half.high).toBeLessThan(0.6)
  const none = pairedDifference(alone(new Float64Array(50)))
  expect(none).toMatchObject({ estimate: 0, p: 1 })
  expect(none.high).toBeGreaterThan(0.07)
  expect(none.high).toBeLessThan(0.075)
})

test('two one-sided tests agree with the interval of level 1 - 2 alpha', () => {
  fc.assert(
    fc.property(differences, fc.double({ min: 0.01, max: 0.9, noNaN: true }), (values, margin) => {
      const { estimate, error, degrees, low, high } = pairedDifference(alone(values), {
        level: 0.9,
      })
      if (error === null || estimate === null || degrees === null || error === 0) return
      const inside = (low ?? -1) > -margin && (high ?? 1) < margin
      const p = equivalenceP({ estimate, error, degrees }, margin)
      fc.pre(Math.abs(p - 0.05) > 1e-9 && Math.max(-(low ?? 0), high ?? 0) < 1)
      expect(p < 0.05).toBe(inside)
    }),
  )
})

test('a verdict needs its evidence', () => {
  const judge = (estimate: number, differenceP: number | null, equivalentP: number | null) =>
    verdictOf(estimate, { differenceP, equivalentP, alpha: 0.05 })
  expect(judge(0.1, 0.01, null)).toBe('better')
  expect(judge(-0.1, 0.01, 0.9)).toBe('worse')
  expect(judge(0.01, 0.01, 0.01)).toBe('equivalent')
  expect(judge(0.1, 0.05, 0.05)).toBe('undecided')
  expect(judge(0.1, null, null)).toBe('undecided')
})

test('Holm never lowers a p-value, keeps their order, and leaves one by itself alone', () => {
  const ps = fc.array(fc.option(fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 30 })
  fc.assert(
    fc.property(ps, (values) => {
      const adjusted = holm(values)
      for (const [at, p] of values.entries()) {
        if (p === null) expect(adjusted[at]).toBeNull()
        else expect(adjusted[at]).toBeGreaterThanOrEqual(p)
        for (const [other, q] of values.entries()) {
          if (p !== null && q !== null && p < q) {
            expect(adjusted[at]).toBeLessThanOrEqual(adjusted[other] ?? -1)
          }
        }
      }
    }),
    { numRuns: 50 },
  )
  expect(holm([null, 0.03])).toEqual([null, 0.03])
})

test('rank sets hold the ranks of the means', () => {
  const board = fc.integer({ min: 2, max: 7 }).chain((contestants) =>
    fc.array(fc.array(share, { minLength: contestants, maxLength: contestants }), {
      minLength: 10,
      maxLength: 25,
    }),
  )
  fc.assert(
    fc.property(board, (rows) => {
      const count = rows[0]?.length ?? 0
      const means = Array.from({ length: count }, (_, at) => rows.map((row) => row[at] ?? 0))
      const averages = means.map((values) => values.reduce((a, b) => a + b, 0) / rows.length)
      const pairs = means.flatMap((_, first) =>
        means.slice(first + 1).map((__, offset) => [first, first + 1 + offset] as const),
      )
      const tests = pairs.map(([first, second]) =>
        pairedDifference(
          alone(Float64Array.from(rows, (row) => (row[first] ?? 0) - (row[second] ?? 0))),
        ),
      )
      const adjusted = holm(tests.map(({ p }) => p))
      const wins = pairs.flatMap(([first, second], at) => {
        if ((adjusted[at] ?? 1) >= 0.05) return []
        const ahead = (tests[at]?.estimate ?? 0) > 0
        return [ahead ? { better: first, worse: second } : { better: second, worse: first }]
      })
      const ranks = pointRanks(averages)
      for (const [at, { low, high }] of rankSets(count, wins).entries()) {
        expect(low).toBeLessThanOrEqual(ranks[at] ?? 0)
        expect(high).toBeGreaterThanOrEqual(ranks[at] ?? 99)
      }
    }),
    { numRuns: 40 },
  )
})

test('with one trial a task, the sign-flip test is McNemar’s', () => {
  fc.assert(
    fc.property(fc.nat(10), fc.nat(10), (first, second) => {
      const values = Float64Array.from([
        ...Array<number>(first).fill(1),
        ...Array<number>(second).fill(-1),
        ...Array<number>(5).fill(0),
      ])
      expect(signFlip(values).p).toBeCloseTo(mcnemar(first, second), 12)
    }),
  )
})

test('beyond twenty tasks sign-flips are drawn, near the exact value, the same for the same seed', () => {
  const values = Float64Array.from([...Array<number>(18).fill(1), ...Array<number>(9).fill(-1)])
  const drawn = signFlip(values, { seed: 5 })
  expect(drawn).toMatchObject({ exact: false, draws: 10_000 })
  expect(Math.abs(drawn.p - mcnemar(18, 9))).toBeLessThan(0.012)
  expect(signFlip(values, { seed: 5 })).toEqual(drawn)
  expect(signFlip(values, { seed: 6 }).p).not.toBe(drawn.p)
  expect(signFlip(values, { seed: 5, stream: 1 }).p).not.toBe(drawn.p)
})

const passCells = (...counts: readonly (readonly [number, number])[]): TaskCell[] =>
  counts.map(([passed, n], at) => ({
    task: `${at}`,
    n,
    sumMicros: passed * MICRO,
    sumSquares: passed * MICRO * MICRO,
    missing: 0,
  }))
const count = fc
  .tuple(fc.integer({ min: 1, max: 9 }), share)
  .map(([n, part]): [number, number] => [Math.round(n * part), n])

test('pass@1 and pass^1 are the macro mean; pass@k rises and pass^k falls with k', () => {
  fc.assert(
    fc.property(fc.array(count, { minLength: 1, maxLength: 30 }), (counts) => {
      const cells = passCells(...counts)
      const curves = passCurves(cells)
      expect(curves.passAtK[0]?.estimate).toBeCloseTo(macroMean(cells) ?? -1, 12)
      expect(curves.passHatK[0]?.estimate).toBeCloseTo(macroMean(cells) ?? -1, 12)
      expect(curves.passAtK).toHaveLength(Math.min(...counts.map(([, n]) => n)))
      for (const [at, point] of curves.passAtK.entries()) {
        expect(point.estimate).toBeGreaterThanOrEqual(
          (curves.passAtK[at - 1]?.estimate ?? 0) - 1e-12,
        )
        const hat = curves.passHatK[at]?.estimate ?? 9
        expect(hat).toBeLessThanOrEqual((curves.passHatK[at - 1]?.estimate ?? 1) + 1e-12)
      }
    }),
  )
  expect(passAtK(3, 1, 4)).toBeNull()
})

test('trials narrow the interval of these tasks, and one trial a task has none', () => {
  const once = passCells(...Array.from({ length: 12 }, () => [1, 2] as const))
  const fourfold = passCells(...Array.from({ length: 12 }, () => [4, 8] as const))
  const width = (cells: TaskCell[]) => {
    const { low = 0, high = 0 } = theseTasks(cells) ?? {}
    return high - low
  }
  expect(width(fourfold)).toBeLessThan(0.6 * width(once))
  expect(theseTasks(passCells([1, 1], [2, 3]))).toBeNull()
  const { low, high } = theseTasks(passCells([3, 3], [3, 3])) ?? { low: 1, high: 1 }
  expect([low < 1, high]).toEqual([true, 1])
})

test('a task that the good solve and the bad do not tells them apart; the reverse is negative', () => {
  const means = Float64Array.from(
    [
      [0.1, 0.2, 0, 1],
      [0.4, 0.5, 0.3, 0.5],
      [0.9, 0.8, 1, 0],
    ].flat(),
  )
  const [good, , , reverse] = itemRestCorrelations(means, 4)
  expect(good).toBeGreaterThan(0.9)
  expect(reverse).toBeLessThan(-0.9)
  expect(itemRestCorrelations(new Float64Array(12).fill(0.5), 4)).toEqual([null, null, null, null])
})

test('a task never solved in 80 trials is solved at most 3.7 % of the time, in 50 at most 5.8 %', () => {
  expect(neverSolvedBound(80)).toBeCloseTo(0.0368, 3)
  expect(neverSolvedBound(50)).toBeCloseTo(0.0582, 3)
})

test('a confidence sequence narrows with rounds, and most near the round it is tuned to', () => {
  const width = (rounds: number, expectedRounds: number) =>
    sequenceHalfWidth(1, { rounds, alpha: 0.05, expectedRounds })
  for (let rounds = 1; rounds < 30; rounds++) {
    expect(width(rounds + 1, 10)).toBeLessThan(width(rounds, 10))
  }
  expect(width(10, 10)).toBeLessThan(Math.min(width(10, 2), width(10, 50)))
  expect(width(10, 10)).toBeGreaterThan(1.96 / Math.sqrt(10))
})

test('the deviation of a round comes from within tasks: what tasks differ by is not in it', () => {
  const rounds = Float64Array.from(
    [
      [0, 1, -1],
      [0, 1, -1],
      [0, 1, -1],
    ].flat(),
  )
  expect(roundDeviation(rounds, 3)).toBe(0)
  const noisy = Float64Array.from(
    [
      [1, 1],
      [0, 1],
    ].flat(),
  )
  expect(roundDeviation(noisy, 2)).toBeCloseTo(Math.sqrt(0.5) / 2, 12)
  expect(roundDeviation(Float64Array.of(1, 0), 2)).toBeNull()
})
