import { expect, test } from 'vitest'
import { parseDuration } from './duration-text.ts'
import { dollarsText, parseDollars } from './money.ts'

test.for([
  ['90s', 90_000],
  ['10min', 600_000],
  ['1.5h', 5_400_000],
  [30, 30_000],
  ['250ms', 250],
] as const)('%s is a duration', ([written, ms]) => {
  expect(parseDuration(written)).toBe(ms)
})

test.for(['', 'soon', '-5s', '0s', '5 weeks', Number.NaN])('%s is no duration', (written) => {
  expect(parseDuration(written)).toBeNull()
})

test.for([
  ['50usd', 50_000_000],
  ['$2', 2_000_000],
  ['0.5 USD', 500_000],
  [50, 50_000_000],
  ['0.000001', 1],
] as const)('%s is money', ([written, micros]) => {
  expect(parseDollars(written)).toBe(micros)
})

test.for(['50eur', '-1', '0', '1e3', '', '1.2345678'])('%s is no money', (written) => {
  expect(parseDollars(written)).toBeNull()
})

test('what is unknown is said to be unknown, and small amounts are not rounded to nothing', () => {
  expect([null, 0, 12, 12_300, 1_234_567].map(dollarsText)).toEqual([
    'unknown',
    '$0.00',
    '$0.000012',
    '$0.012',
    '$1.23',
  ])
})
