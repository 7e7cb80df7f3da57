import { expect, test } from 'vitest'
import { isTrialId } from '../core/ids.ts'
import { CHECK_AGENTS, checkAgentsOf } from './check-plan.ts'
import { checkTable } from './check-table.ts'
import { type CheckedTrial, checkVerdict } from './check-verdict.ts'

const task = { name: 'slow-query', variants: ['alternative', 'partial', 'cheat'] }
const SOUND = { oracle: 1, nop: 0, alternative: 1, partial: 0.5, cheat: 0 }

function result(contestant: string, score: number | null, seed = 1): CheckedTrial {
  const trial = 'a'.repeat(32)
  if (!isTrialId(trial)) throw new Error('not a trial id')
  const outcome = score === null ? 'infra-failed' : 'scored'
  const detail = score === null ? 'node.lost: gone' : ''
  return { trial, contestant, task: task.name, seed, outcome, detail, pass: score === 1, score }
}

const resultsOf = (scores: Record<string, number | null>) =>
  Object.entries(scores).map(([agent, score]) => result(agent, score))

test('a sound task holds', () => {
  const verdict = checkVerdict(task, resultsOf(SOUND))
  expect(verdict.ok).toBe(true)
  expect(verdict.cells.map(({ agent }) => agent)).toEqual([...CHECK_AGENTS])
})

test.for([
  ['oracle', 0.9, 'must get full marks'],
  ['alternative', 0, 'must get full marks'],
  ['partial', 1, 'must get part of the credit'],
  ['partial', 0, 'must get part of the credit'],
  ['nop', 0.1, 'must get nothing for nothing'],
  ['cheat', 1, 'must be refused'],
  ['oracle', null, 'ended without a score (infra-failed: node.lost: gone)'],
] as const)('%s with %s does not hold', ([agent, score, problem]) => {
  const verdict = checkVerdict(task, resultsOf({ ...SOUND, [agent]: score }))
  expect(verdict.ok).toBe(false)
  const failed = verdict.cells.filter(({ ok }) => !ok)
  expect(failed).toEqual([expect.objectContaining({ agent })])
  expect(checkTable([verdict]).join('\n')).toContain(problem)
})

test('one bad run of the reference solution among many is a flaky task', () => {
  const runs = [result('oracle', 1, 1), result('oracle', 0.5, 2), result('oracle', 1, 3)]
  const verdict = checkVerdict({ name: task.name, variants: [] }, [...runs, result('nop', 0)])
  expect(verdict.cells[0]).toMatchObject({ ok: false, score: 0.5 })
  expect(verdict.cells[0]?.problem).toContain('at seed 2')
})

test('oracle and nop are always run, and without a result a task does not hold', () => {
  expect(checkAgentsOf({ variants: [] })).toEqual(['oracle', 'nop'])
  expect(checkVerdict({ name: 'x', variants: [] }, [])).toMatchObject({
    ok: false,
    cells: [{ problem: 'did not run' }, { problem: 'did not run' }],
  })
})
