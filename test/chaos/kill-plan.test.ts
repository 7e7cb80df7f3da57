import { expect, test } from 'vitest'
import { COMPONENTS, killPlan } from './kill-plan.ts'

function first(seed: number, count: number) {
  const plan = killPlan(seed)
  return Array.from({ length: count }, () => plan.next().value)
}

test('a seed always kills the same, and another seed something else', () => {
  expect(first(7, 30)).toEqual(first(7, 30))
  expect(first(7, 30)).not.toEqual(first(8, 30))
})

test('each component is killed once before any is killed again', () => {
  const kills = first(3, 3 * COMPONENTS.length).map((kill) => kill?.component)
  for (let round = 0; round < 3; round++) {
    const some = kills.slice(round * COMPONENTS.length, (round + 1) * COMPONENTS.length)
    expect(new Set(some)).toEqual(new Set(COMPONENTS))
  }
})
