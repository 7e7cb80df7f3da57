import { DEFAULT_LIMITS } from '../coordinator/contract/sweep.ts'
import { digestOf } from '../core/ids.ts'
import { loadSuite } from '../tasks/load-suite.ts'
import type { Task } from '../tasks/task.ts'
import type { SweepPlan } from './plan-sweep.ts'

/** The tasks of several suites or folders, in order. @throws Failure `suite.not-found`, `task.invalid`. */
export async function loadTasks(suites: readonly string[]): Promise<Task[]> {
  const loaded: Task[] = []
  for (const suite of suites) loaded.push(...(await loadSuite(suite)).tasks)
  return loaded
}

/** Tasks that were named one by one, as a suite of this occasion; its digest is its version. */
export function taskSetPlan(
  name: string,
  tasks: readonly Task[],
): Pick<SweepPlan, 'name' | 'suite' | 'limits' | 'stop'> {
  const digest = digestOf(tasks.map((task) => `${task.name} ${task.digest}`).join('\n'))
  const version = digest.slice('sha256:'.length).slice(0, 12)
  const limits = { ...DEFAULT_LIMITS, priority: 2 }
  return { name, suite: { name, version, digest }, limits, stop: null }
}
