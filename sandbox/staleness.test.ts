import { expect, test } from 'vitest'
import type { LABELS } from './labels.ts'
import { isStale } from './staleness.ts'

const NOW = 1_800_000_000_000
const reaping = { owner: 'farm', node: 'a', boot: 'new', isRunning: () => false, nowMs: NOW }
const labels = (changes: Partial<Record<keyof typeof LABELS, string>> = {}) => {
  const all = { kind: 'sandbox', owner: 'farm', node: 'a', boot: 'new', trial: 't', attempt: '1' }
  const lease = String(NOW / 1_000 + 60)
  const entries = Object.entries({ ...all, lease, ...changes })
  return Object.fromEntries(entries.map(([name, value]) => [`sbench.${name}`, value]))
}
const OVER = { lease: String(NOW / 1_000 - 1) }

test('what an earlier process of this node left goes at once', () => {
  expect(isStale(labels({ boot: 'old' }), reaping)).toBe(true)
  expect(isStale(labels({ boot: 'old', kind: 'network' }), reaping)).toBe(true)
})

test('what this process made for an attempt goes once it is done with that, and nothing else does', () => {
  const isRunning = (trial: string) => trial === 't'
  expect(isStale(labels(), { ...reaping, isRunning })).toBe(false)
  expect(isStale(labels({ trial: 'u' }), { ...reaping, isRunning })).toBe(true)
  const { 'sbench.trial': _, ...loopback } = labels()
  expect(isStale(loopback, reaping)).toBe(false)
})

test('what another node made goes only when its lease is over', () => {
  expect(isStale(labels({ node: 'b', boot: 'old' }), reaping)).toBe(false)
  expect(isStale(labels({ node: 'b', ...OVER }), reaping)).toBe(true)
})

test('a snapshot of an earlier process waits for its grading until its lease is over', () => {
  expect(isStale(labels({ boot: 'old', kind: 'snapshot' }), reaping)).toBe(false)
  expect(isStale(labels({ kind: 'snapshot', ...OVER }), reaping)).toBe(true)
})

test('what this process is at work on stays, even past its lease', () => {
  const isRunning = (trial: string, attempt: number) => trial === 't' && attempt === 1
  expect(isStale(labels({ boot: 'old', ...OVER }), { ...reaping, isRunning })).toBe(false)
  expect(isStale(labels({ attempt: '2', ...OVER }), { ...reaping, isRunning })).toBe(true)
})

test('the things of another installation, and things without a readable lease, stay', () => {
  expect(isStale(labels({ owner: 'other', ...OVER }), reaping)).toBe(false)
  expect(isStale(labels({ node: 'b', lease: 'soon' }), reaping)).toBe(false)
})
