import type { TrialLine } from '../analytics/read-trials.ts'
import { type CheckAgent, checkAgentsOf } from './check-plan.ts'

/** What counts of a trial here. */
export type CheckedTrial = Pick<
  TrialLine,
  'trial' | 'contestant' | 'task' | 'seed' | 'outcome' | 'pass' | 'score' | 'detail'
>

/** What one agent's trials of a task say of the task. */
export interface CheckCell {
  readonly agent: CheckAgent
  readonly ok: boolean
  /** The lowest score of its trials, a fraction of 1; null when one is missing. */
  readonly score: number | null
  /** Why it is not ok; empty when it is. */
  readonly problem: string
  /** The trial to look at; empty when it is ok or was not run. */
  readonly trial: string
}

export interface TaskVerdict {
  readonly task: string
  readonly ok: boolean
  readonly cells: readonly CheckCell[]
}

export interface CheckedTask {
  readonly name: string
  readonly variants: readonly string[]
}

/** Compares what a task's trials scored with what they have to score. */
export function checkVerdict(task: CheckedTask, results: readonly CheckedTrial[]): TaskVerdict {
  const cells = checkAgentsOf(task).map((agent) => {
    const own = results.filter((each) => each.task === task.name && each.contestant === agent)
    return cellOf(agent, own)
  })
  return { task: task.name, ok: cells.every(({ ok }) => ok), cells }
}

function cellOf(agent: CheckAgent, results: readonly CheckedTrial[]): CheckCell {
  const missing = { agent, ok: false, score: null }
  if (results.length === 0) return { ...missing, problem: 'did not run', trial: '' }
  for (const { trial, outcome, detail, score } of results) {
    if (score !== null) continue
    const how = outcome ?? 'no result'
    const [reason = ''] = detail.split('\n')
    const why = reason === '' ? how : `${how}: ${reason.slice(0, 200)}`
    return { ...missing, problem: `ended without a score (${why})`, trial }
  }
  const score = Math.min(...results.map((result) => result.score ?? 0))
  for (const result of results) {
    const problem = problemOf(agent, result)
    if (problem !== '') return { agent, ok: false, score, problem, trial: result.trial }
  }
  return { agent, ok: true, score, problem: '', trial: '' }
}

function problemOf(agent: CheckAgent, { pass, score, seed }: CheckedTrial): string {
  const scored = `scored ${(score ?? 0).toFixed(2)} at seed ${seed}`
  switch (agent) {
    case 'oracle':
    case 'alternative':
      return pass === true && score === 1 ? '' : `${scored}, must get full marks`
    case 'partial':
      return score !== null && score > 0 && score < 1
        ? ''
        : `${scored}, must get part of the credit`
    case 'nop':
      return score === 0 ? '' : `${scored}, must get nothing for nothing`
    case 'cheat':
      return score === 0 ? '' : `${scored}, must be refused`
  }
}
