import { expect, test } from 'vitest'
import { BUILT_IN_AGENTS } from '../../coordinator/contract/agents.ts'
import { bareContestant } from '../../coordinator/contract/sweep.ts'
import { partOf } from './part-agent.ts'

const players = BUILT_IN_AGENTS.filter((agent) => agent.kind === 'part')
const playsOf = (name: string) => {
  const plays = players.find((agent) => agent.name === name)?.plays
  if (plays === undefined) throw new Error(`${name} plays nothing`)
  return plays
}

const draw = (agent: string, seed: number, variants: readonly string[] = ['partial']) => {
  const contestant = bareContestant(agent, { simulated: true })
  const task = { name: `task-${seed % 10}` } as Parameters<typeof partOf>[1]['task']
  return partOf(playsOf(agent), { contestant, task, seed }, { variants })
}
const seeds = Array.from({ length: 4_000 }, (_, index) => index)
const share = (agent: string, part: string) =>
  seeds.filter((seed) => draw(agent, seed) === part).length / seeds.length

test('simulated engineers play each part as often as their chances say', () => {
  for (const { name, plays } of players) {
    if (typeof plays === 'string') continue
    expect(share(name, 'solution')).toBeCloseTo(plays.solution, 1)
    expect(share(name, 'partial')).toBeCloseTo(plays.partial, 1)
  }
})

test('the same trial always plays the same part', () => {
  for (const seed of seeds.slice(0, 50)) {
    expect(draw('sim/mid', seed)).toBe(draw('sim/mid', seed))
  }
})

test('where a task has no partial solution, a draw of it does nothing', () => {
  expect(seeds.some((seed) => draw('sim/weak', seed) === 'partial')).toBe(true)
  expect(seeds.some((seed) => draw('sim/weak', seed, []) === 'partial')).toBe(false)
})
