import { expect, test } from 'vitest'
import { primaryReward, readRewards } from './rewards.ts'

test.each([
  ['{"reward": 1}', { reward: 1 }],
  ['{"a": 0.25, "b": 1e-1}', { a: 0.25, b: 0.1 }],
  ['0.5', { reward: 0.5 }],
  [' {"reward": -2} \n', { reward: -2 }],
])('reward.json %s is read', (json, byKey) => {
  expect(readRewards(json, null)).toEqual({ byKey, warnings: [] })
})

test.each([
  ['{"reward": true}', 1],
  ['{"reward": false}', 0],
  ['{"reward": "0.75"}', 0.75],
])('%s is understood, and said', (json, reward) => {
  const rewards = readRewards(json, null)
  expect(rewards.byKey).toEqual({ reward })
  expect(rewards.warnings).toHaveLength(1)
})

test.each([
  ['{"reward": NaN}', 'NaN and Infinity'],
  ['{"reward": Infinity}', 'NaN and Infinity'],
  ['{"reward": 1e999}', 'reward is not a finite number'],
  ['{"reward": null}', 'reward is not a finite number: null'],
  ['{"reward": {"a": 1}}', 'reward is not a finite number'],
  ['{"reward": [1]}', 'reward is not a finite number'],
  ['{"reward": "full"}', 'reward is not a finite number'],
  ['{"reward": ""}', 'reward is not a finite number'],
  ['{"reward": "0x10"}', 'reward is not a finite number'],
  ['{}', 'no rewards'],
  ['[1]', 'no object of numbers'],
  ['"1"', 'no object of numbers'],
  ['null', 'no object of numbers'],
  ['', 'empty'],
  [' \n', 'empty'],
  ['{"reward": 1', 'not JSON'],
])('reward.json %j is no verdict', (json, why) => {
  expect(() => readRewards(json, null)).toThrow(why)
})

test.each([
  ['1', 1],
  ['0.5\n', 0.5],
  [' 1e0 ', 1],
  ['.5', 0.5],
  ['-1', -1],
])('reward.txt %j is read', (text, reward) => {
  expect(readRewards(null, text).byKey).toEqual({ reward })
})

test.each(['', ' \n', 'nan', 'inf', '1 2', 'true', '0x1', '1,5', '1e999'])(
  'reward.txt %j is no verdict',
  (text) => {
    expect(() => readRewards(null, text)).toThrow('gave no verdict')
  },
)

test('without a file there is no verdict', () => {
  expect(() => readRewards(null, null)).toThrow('neither')
})

test('reward.json counts when reward.txt disagrees, and the disagreement is said', () => {
  expect(readRewards('{"reward": 0}', '1').byKey).toEqual({ reward: 0 })
  expect(readRewards('{"reward": 0}', '1').warnings).toHaveLength(1)
  expect(readRewards('{"reward": 0.5}', '0.5\n').warnings).toEqual([])
})

test('the key reward is the score; without it, the mean of all keys', () => {
  expect(primaryReward({ byKey: { speed: 0, reward: 0.75 }, warnings: [] })).toBe(0.75)
  expect(primaryReward({ byKey: { speed: 0, size: 1 }, warnings: [] })).toBe(0.5)
})
