import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clusterT } from './cluster-t.ts'
import { designEffectWilson } from './design-effect-wilson.ts'
import { MICRO, macroMean, missingBounds, type TaskCell } from './task-cell.ts'
import { fillWords, PURPOSE, uniformOf } from './threefry.ts'

/** One cell a task from the passes among its trials. */
function passes(...tasks: readonly (readonly [passed: number, of: number])[]): TaskCell[] {
  return tasks.map(([passed, n], index) => ({
    task: `task-${index}`,
    n,
    sumMicros: passed * MICRO,
    sumSquares: passed * MICRO * MICRO,
    missing: 0,
  }))
}

const passCell = fc
  .tuple(fc.integer({ min: 1, max: 10 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([n, share]): [number, number] => [Math.round(n * share), n])
const board = fc.array(passCell, { minLength: 10, maxLength: 60 }).map((tasks) => passes(...tasks))
const METHODS = { designEffectWilson, clusterT }

/** Twelve tasks of three trials. */
const BOARD = passes(
  ...[0, 0, 1, 2, 3, 3, 1, 0, 2, 3, 0, 1].map((passed): [number, number] => [passed, 3]),
)

test('design-effect Wilson agrees with the formula worked out in NumPy', () => {
  const { low, high } = designEffectWilson(BOARD) ?? { low: 0, high: 0 }
  expect(low).toBeCloseTo(0.22527085083996604, 12)
  expect(high).toBeCloseTo(0.6876000140465052, 12)
})

test('the t interval agrees with the formula worked out in NumPy', () => {
  const { low, high } = clusterT(BOARD) ?? { low: 0, high: 0 }
  expect(low).toBeCloseTo(0.18374910398910815, 12)
  expect(high).toBeCloseTo(0.7051397848997807, 12)
})

describe.each(Object.entries(METHODS))('%s', (_, interval) => {
  test('repeating trials of the same tasks adds no confidence', () => {
    const results = fc.array(fc.constantFrom(0, 1), { minLength: 10, maxLength: 60 })
    fc.assert(
      fc.property(results, fc.integer({ min: 2, max: 20 }), (once, times) => {
        const single = interval(passes(...once.map((pass): [number, number] => [pass, 1])))
        const repeated = interval(
          passes(...once.map((pass): [number, number] => [pass * times, times])),
        )
        expect(repeated).toEqual({ ...single, trials: once.length * times })
      }),
    )
  })

  test('the order of tasks changes no bit', () => {
    fc.assert(
      fc.property(board, (cells) => {
        expect(interval(cells.toReversed())).toEqual(interval(cells))
      }),
    )
  })

  test('it lies within 0 to 1, holds the mean, and never has width 0', () => {
    fc.assert(
      fc.property(board, (cells) => {
        const { low, high } = interval(cells) ?? { low: 1, high: 0 }
        const mean = macroMean(cells) ?? -1
        expect(low).toBeGreaterThanOrEqual(0)
        expect(high).toBeLessThanOrEqual(1)
        expect(low).toBeLessThanOrEqual(mean + 1e-15)
        expect(high).toBeGreaterThanOrEqual(mean - 1e-15)
        expect(high - low).toBeGreaterThan(0.001)
      }),
    )
  })

  test('passes and failures are mirrored', () => {
    fc.assert(
      fc.property(board, (cells) => {
        const mirrored = interval(
          cells.map((cell) => ({ ...cell, sumMicros: cell.n * MICRO - cell.sumMicros })),
        )
        const { low, high } = interval(cells) ?? { low: 0, high: 0 }
        expect(mirrored?.low).toBeCloseTo(1 - high, 10)
        expect(mirrored?.high).toBeCloseTo(1 - low, 10)
      }),
    )
  })

  test('a higher level is never narrower', () => {
    fc.assert(
      fc.property(board, (cells) => {
        const narrow = interval(cells, { level: 0.8 })
        const wide = interval(cells, { level: 0.99 })
        expect(wide?.low).toBeLessThanOrEqual(narrow?.low ?? 0)
        expect(wide?.high).toBeGreaterThanOrEqual(narrow?.high ?? 0)
      }),
    )
  })

  test('nine tasks have no interval, and tasks without a valid trial do not count', () => {
    const tasks = Array.from({ length: 9 }, (): [number, number] => [1, 2])
    expect(interval(passes(...tasks))).toBeNull()
    expect(interval(passes(...tasks, [0, 0]))).toBeNull()
    expect(interval(passes(...tasks, [1, 2]))).not.toBeNull()
  })

  test('none of 50 tasks solved still leaves an upper end between 7 and 7.5 %', () => {
    const { low, high } =
      interval(passes(...Array.from({ length: 50 }, () => [0, 3] as const))) ?? {}
    expect(low).toBe(0)
    expect(high).toBeGreaterThan(0.07)
    expect(high).toBeLessThan(0.0751)
  })

  test('rates near 0 and 1 are flagged as rough', () => {
    const solved = (count: number) =>
      interval(
        passes(...Array.from({ length: 20 }, (_, task) => [task < count ? 1 : 0, 1] as const)),
      )
    expect(solved(1)?.rough).toBe(true)
    expect(solved(10)?.rough).toBe(false)
    expect(solved(19)?.rough).toBe(true)
  })

  test('of 2,000 boards of 50 tasks x 3 trials at a rate of 22 %, about 95 % hold it', () => {
    const rate = 0.22
    const power = 1 / rate - 1
    const words = new Uint32Array(50 * 4)
    let held = 0
    for (let round = 0; round < 2_000; round++) {
      fillWords(words, { seed: 22, purpose: PURPOSE.simulation, index: round })
      const draw = (task: number, at: number) => uniformOf(words[task * 4 + at] ?? 0)
      const cells = passes(
        ...Array.from({ length: 50 }, (_, task): [number, number] => {
          const chance = draw(task, 3) ** power
          const trials = [0, 1, 2].filter((seed) => draw(task, seed) < chance)
          return [trials.length, 3]
        }),
      )
      const { low, high } = interval(cells) ?? { low: 1, high: 0 }
      if (low <= rate && rate <= high) held += 1
    }
    expect(held / 2_000).toBeGreaterThan(0.93)
    expect(held / 2_000).toBeLessThan(0.97)
  })
})

test('the macro mean weighs tasks, not trials', () => {
  expect(macroMean(passes([1, 1], [0, 99]))).toBe(0.5)
  expect(macroMean([])).toBeNull()
})

test('missing trials bound the mean and never count as zero', () => {
  const cells = passes([2, 2], [1, 2]).map((cell) => ({ ...cell, missing: 2 }))
  expect(macroMean(cells)).toBe(0.75)
  expect(missingBounds(cells)).toEqual({ low: 0.375, high: 0.875 })
  expect(missingBounds(passes([0, 0]))).toBeNull()
})
