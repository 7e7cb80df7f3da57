import { z } from 'zod'
import type { SweepId } from '../../core/ids.ts'
import type { Store } from '../store.ts'

/** What the scores of one task depend on besides who works on it. */
export interface TaskConditions {
  readonly task: string
  readonly digest: string
  readonly agentTimeoutSeconds: number
  readonly verifierTimeoutSeconds: number
  /** Each value that attempts had; empty before the first has ended. */
  readonly cpuLimits: readonly number[]
  readonly memoryLimitsBytes: readonly number[]
  readonly graderVersions: readonly string[]
}

const row = z
  .object({
    task: z.string(),
    digest: z.string(),
    agent_timeout_seconds: z.coerce.number(),
    verifier_timeout_seconds: z.coerce.number(),
    cpu_limits: z.array(z.number()),
    memory_limits_bytes: z.array(z.number()),
    grader_versions: z.array(z.string()),
  })
  .transform(
    (read): TaskConditions => ({
      task: read.task,
      digest: read.digest,
      agentTimeoutSeconds: read.agent_timeout_seconds,
      verifierTimeoutSeconds: read.verifier_timeout_seconds,
      cpuLimits: read.cpu_limits,
      memoryLimitsBytes: read.memory_limits_bytes,
      graderVersions: read.grader_versions,
    }),
  )

export function readConditions(store: Store, sweep: SweepId): Promise<TaskConditions[]> {
  return store.query('sweep-conditions', row, { sweep })
}

/**
 * Why two sweeps cannot be compared, in words, one line a difference; empty when they can. Tasks
 * that only one of them has do not matter; no shared task does.
 */
export function differencesBetween(
  first: readonly TaskConditions[],
  second: readonly TaskConditions[],
): string[] {
  const others = new Map(second.map((conditions) => [conditions.task, conditions]))
  const shared = first.flatMap((one) => {
    const other = others.get(one.task)
    return other === undefined ? [] : [[one, other] as const]
  })
  if (shared.length === 0) return ['they share no task']
  return shared.flatMap(([one, other]) =>
    ASPECTS.flatMap(({ name, of }) => {
      const [mine, theirs] = [of(one), of(other)]
      // What has not been measured yet differs from nothing.
      const known = mine !== '' && theirs !== ''
      return known && mine !== theirs ? [`task ${one.task}: ${name} ${mine} and ${theirs}`] : []
    }),
  )
}

/**
 * Conditions as a reader wants them: each value of each aspect, with the number of tasks that have
 * it. What tasks consist of is left out: no two have it in common.
 */
export function conditionsOf(
  tasks: readonly TaskConditions[],
): { readonly aspect: string; readonly value: string; readonly tasks: number }[] {
  const first = new Map(tasks.map((task) => [task.task, task]))
  return ASPECTS.filter(({ name }) => name !== 'content').flatMap(({ name, of }) => {
    const values = Map.groupBy(first.values(), of)
    return [...values]
      .filter(([value]) => value !== '')
      .map(([value, those]) => ({ aspect: name, value, tasks: those.length }))
      .sort((a, b) => b.tasks - a.tasks)
  })
}

const ASPECTS: readonly { readonly name: string; readonly of: (task: TaskConditions) => string }[] =
  [
    { name: 'content', of: ({ digest }) => digest },
    { name: 'agent timeout', of: (task) => `${task.agentTimeoutSeconds} s` },
    { name: 'verifier timeout', of: (task) => `${task.verifierTimeoutSeconds} s` },
    { name: 'CPU limit', of: ({ cpuLimits }) => cpuLimits.join(', ') },
    { name: 'memory limit', of: (task) => task.memoryLimitsBytes.map(mebibytes).join(', ') },
    { name: 'grader version', of: ({ graderVersions }) => graderVersions.join(', ') },
  ]

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`
