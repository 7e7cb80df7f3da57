import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SweepPlan } from '../analytics/analysis/sweep-plan.ts'
import { uniform } from '../core/random.ts'
import { typeLine } from './testing-shell.ts'

const planned = async (...line: string[]): Promise<SweepPlan> => {
  const { stdout, stderr } = await typeLine(['plan', ...line, '--json'])
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

test('a plan says what a design finds, and that no number of seeds is enough', async () => {
  const { designs, floors, answers, pairs } = await planned('--tasks', '50', '--difference', '5')
  expect(pairs).toBe(1)
  expect(
    designs.map(({ seeds, detectable }) => [seeds, Math.round(detectable * 1000) / 10]),
  ).toEqual([
    [1, 17.4],
    [3, 11.6],
    [5, 10],
    [10, 8.7],
  ])
  expect(floors[0]?.detectable).toBeCloseTo(0.071, 3)
  expect(answers[0]).toMatchObject({ tasks: 50, seeds: null })
  const text = await typeLine(['plan', '--tasks', '50', '--difference', '5'])
  expect(text.stdout).toContain('5.0 points with 50 tasks: no number of seeds is enough')
})

test('pairs of more contestants ask for more, and trials cost what they cost', async () => {
  const two = await planned('--tasks', '100', '--seeds', '5', '--cost', '0.5')
  const eight = await planned(
    '--tasks',
    '100',
    '--seeds',
    '5',
    '--cost',
    '0.5',
    '--contestants',
    '8',
  )
  expect([two.designs[0]?.costUsd, eight.designs[0]?.costUsd]).toEqual([500, 2000])
  const [few, many] = [two.designs[0]?.detectable ?? 0, eight.designs[0]?.detectable ?? 0]
  expect(many / few).toBeCloseTo(3.97 / 2.8, 1)
})

test('variances and costs are taken from results', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sbench-plan-'))
  try {
    // Task difficulty is shared but for a part of each contestant's own.
    const rows = ['a', 'b'].flatMap((contestant) =>
      Array.from({ length: 400 }, (_, task) => {
        const chance =
          0.3 + 0.4 * uniform('task', task) + 0.2 * (uniform('own', contestant, task) - 0.5)
        return Array.from({ length: 6 }, (__, seed) => {
          const pass = uniform('run', contestant, task, seed) < chance
          return `${JSON.stringify({ contestant, task: `t${task}`, seed, pass, costUsd: 0.2 })}\n`
        })
      }).flat(),
    )
    const path = join(folder, 'rows.ndjson')
    await writeFile(path, rows.join(''))
    const { contrast, costUsd, basis } = await planned('--results', path)
    // Twice the variance of 0.2 times a uniform, and p(1-p) of the chances' mean spread.
    expect(contrast.interaction).toBeGreaterThan(0)
    expect(contrast.interaction).toBeLessThan(0.025)
    expect(contrast.withinFirst).toBeCloseTo(0.25 - 0.16 / 12 - 0.04 / 12, 1)
    expect(costUsd).toBeCloseTo(0.2, 12)
    expect(basis).toContain('1 measured pairs on 400 tasks')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('designs that are none are refused by their flag', async () => {
  for (const tasks of ['0', 'many', '5,']) {
    const { exitCode, stderr } = await typeLine(['plan', '--tasks', tasks])
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--tasks')])
  }
})
