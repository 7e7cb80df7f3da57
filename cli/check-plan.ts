import { type Block, bareContestant, type TaskRef } from '../coordinator/contract/sweep.ts'
import { Failure } from '../core/failure.ts'
import type { Task } from '../tasks/task.ts'
import { firstSeeds } from './seeds.ts'

/** Agents that prove a task; the last three play a variant that not every task has. */
export const CHECK_AGENTS = ['oracle', 'nop', 'alternative', 'partial', 'cheat'] as const
export type CheckAgent = (typeof CHECK_AGENTS)[number]

/** Oracle and nop always, the rest where the task has the variant. */
export function checkAgentsOf({ variants }: Pick<Task, 'variants'>): CheckAgent[] {
  return CHECK_AGENTS.filter(
    (agent) => agent === 'oracle' || agent === 'nop' || variants.includes(agent),
  )
}

/**
 * The blocks of a sweep that proves tasks: for each agent the tasks that it can play; the oracle, whose
 * solution must hold whatever the seed, as often as asked.
 */
export function checkBlocks(
  tasks: readonly { readonly task: Task; readonly ref: TaskRef }[],
  repeat: number,
): Block[] {
  return CHECK_AGENTS.flatMap((agent): Block[] => {
    const played = tasks.filter(({ task }) => checkAgentsOf(task).includes(agent))
    if (played.length === 0) return []
    const contestants = [bareContestant(agent)]
    const seeds = firstSeeds(agent === 'oracle' ? repeat : 1)
    return [{ contestants, tasks: played.map(({ ref }) => ref), seeds }]
  })
}

/** @throws Failure `task.invalid` for a task without solution, or a name that two tasks have. */
export function assertCheckable(tasks: readonly Task[]): void {
  for (const [index, { name, dir, solution }] of tasks.entries()) {
    if (!solution.present) {
      const message = `Task ${name} (${dir}) has no solution/solve.sh: nothing proves that it can be solved.`
      throw new Failure('task.invalid', message, { facts: { task: name } })
    }
    const other = tasks.slice(0, index).find((task) => task.name === name)
    if (other === undefined) continue
    const message = `${other.dir} and ${dir} are both called ${name}. Check them one by one.`
    throw new Failure('task.invalid', message, { facts: { task: name } })
  }
}
