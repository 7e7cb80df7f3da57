import { expect, test } from 'vitest'
import {
  contrastOfRate,
  detectableDifference,
  detectableOnTheseTasks,
  reach,
  seedsFor,
  tasksFor,
} from './planning.ts'

/** A rate of 20 %, half of the variance between tasks, difficulty correlated by 0.8. */
const CONTRAST = contrastOfRate({ rate: 0.2, icc: 0.5, correlation: 0.8 })
const points = (fraction: number) => Math.round(fraction * 1000) / 10

test('the table of planned designs: points that 80 % power detects', () => {
  const table = [25, 50, 100, 200, 500].map((tasks) =>
    [1, 3, 5, 10, 20, Number.POSITIVE_INFINITY].map((seeds) =>
      points(detectableDifference(CONTRAST, { tasks, seeds })),
    ),
  )
  expect(table).toEqual([
    [24.6, 16.4, 14.2, 12.3, 11.2, 10],
    [17.4, 11.6, 10, 8.7, 7.9, 7.1],
    [12.3, 8.2, 7.1, 6.1, 5.6, 5],
    [8.7, 5.8, 5, 4.3, 4, 3.5],
    [5.5, 3.7, 3.2, 2.7, 2.5, 2.2],
  ])
  const these = [5, 10, 20].map((seeds) =>
    points(detectableOnTheseTasks(CONTRAST, { tasks: 25, seeds })),
  )
  expect(these).toEqual([10, 7.1, 5])
})

test('where the floor is above what is asked, no number of seeds is enough', () => {
  expect(seedsFor(0.05, CONTRAST, { tasks: 50 })).toBeNull()
  expect(seedsFor(0.1, CONTRAST, { tasks: 50 })).toBe(6)
  expect(detectableDifference(CONTRAST, { tasks: 50, seeds: 6 })).toBeLessThanOrEqual(0.1)
  expect(detectableDifference(CONTRAST, { tasks: 50, seeds: 5 })).toBeGreaterThan(0.1)
  const tasks = tasksFor(0.05, CONTRAST, { seeds: 5 })
  expect(detectableDifference(CONTRAST, { tasks, seeds: 5 })).toBeLessThanOrEqual(0.05)
  expect(detectableDifference(CONTRAST, { tasks: tasks - 1, seeds: 5 })).toBeGreaterThan(0.05)
})

test('28 pairs raise 2.80 standard errors to about 4', () => {
  expect(reach({})).toBeCloseTo(2.8016, 4)
  expect(reach({ pairs: 28 })).toBeCloseTo(3.97, 1)
})
