import { type Contestant, DEFAULT_LIMITS, type SweepLimits } from '../coordinator/contract/sweep.ts'
import { Failure } from '../core/failure.ts'
import { nearestName } from '../core/nearest.ts'
import { type Problem, problemsFailure, problemsOf } from '../core/problems.ts'
import type { ModelsConfig } from '../models/config.ts'
import type { Provider } from '../models/provider.ts'
import { loadSuite, type Suite } from '../tasks/load-suite.ts'
import type { Task } from '../tasks/task.ts'
import { matchesTask } from './glob.ts'
import { missingPlans } from './missing-plans.ts'
import { planContestants } from './plan-contestants.ts'
import { duplicateProblems, sweepFileSchema } from './sweep-file.ts'

/** A sweep file with every name in it looked up. */
export interface SweepPlan {
  readonly name: string
  readonly suite: Pick<Suite, 'name' | 'version' | 'digest'>
  readonly contestants: readonly Contestant[]
  /** In the suite's order. */
  readonly tasks: readonly Task[]
  readonly seeds: readonly number[]
  readonly limits: SweepLimits
}

export interface PlannedSweep extends SweepPlan {
  /** Whose models are asked. */
  readonly providers: readonly Provider[]
}

/**
 * Checks a sweep file's content, looks up its agents and models, and loads the tasks that it names.
 *
 * @param subject what the document is called in messages.
 * @throws Failure `sweep.invalid` with every mistake at once; `task.invalid` when the suite is broken.
 */
export async function planSweep(
  document: Readonly<Record<string, unknown>>,
  { subject, models }: { readonly subject: string; readonly models: ModelsConfig },
): Promise<PlannedSweep> {
  const parsed = sweepFileSchema.safeParse(document)
  const found = await findTasks(document)
  const planned = planContestants(document, { models, priced: limitsCost(document) })
  const problems = [
    ...(parsed.success ? [] : problemsOf(parsed.error, document)),
    ...planned.problems,
    ...(await missingPlans(planned.contestants, found.tasks)),
    ...duplicateProblems(document),
    ...found.problems,
  ]
  if (!parsed.success || found.suite === null || problems.length > 0) {
    throw problemsFailure('sweep.invalid', subject, problems)
  }
  const { name = found.suite.name, seeds, budget: budgetMicros, ...limits } = parsed.data
  const { attempts, concurrency, priority, timeoutMultiplier, perTrial } = limits
  return {
    name,
    suite: found.suite,
    contestants: planned.contestants,
    tasks: found.tasks,
    seeds: [...seeds].sort((a, b) => a - b),
    limits: {
      ...DEFAULT_LIMITS,
      attempts,
      concurrency,
      priority,
      timeoutMultiplier,
      budgetMicros,
      perTrial,
    },
    providers: planned.providers,
  }
}

function limitsCost({ budget, perTrial }: Readonly<Record<string, unknown>>): boolean {
  const isTable = typeof perTrial === 'object' && perTrial !== null
  return (
    (budget ?? null) !== null || (isTable && 'cost' in perTrial && (perTrial.cost ?? null) !== null)
  )
}

interface FoundTasks {
  readonly suite: Suite | null
  readonly tasks: readonly Task[]
  readonly problems: readonly Problem[]
}

/** The suite's tasks that any pattern matches; works on the raw document, whatever else is wrong in it. */
async function findTasks(document: Readonly<Record<string, unknown>>): Promise<FoundTasks> {
  const { suite: name, tasks: patterns = ['*'] } = document
  const nothing = { suite: null, tasks: [], problems: [] }
  if (typeof name !== 'string' || name === '') return nothing
  const suite = await loadSuite(name).catch((error: unknown) => {
    if (error instanceof Failure && error.code === 'suite.not-found') return error
    throw error
  })
  if (suite instanceof Failure) {
    return { ...nothing, problems: [{ path: 'suite', value: name, remedy: suite.message }] }
  }
  if (!Array.isArray(patterns)) return { ...nothing, suite }
  const texts = patterns.filter((pattern) => typeof pattern === 'string')
  const names = suite.tasks.map((task) => task.name)
  const problems = patterns.flatMap((pattern, index) => {
    if (typeof pattern !== 'string' || names.some((task) => matchesTask(task, pattern))) return []
    const path = `tasks.${index}`
    return [{ path, value: pattern, remedy: noSuchTask(pattern, suite.name, names) }]
  })
  const tasks = suite.tasks.filter((task) =>
    texts.some((pattern) => matchesTask(task.name, pattern)),
  )
  return { suite, tasks, problems }
}

function noSuchTask(pattern: string, suite: string, names: readonly string[]): string {
  const short = names.map((name) => name.slice(name.lastIndexOf('/') + 1))
  const nearest = nearestName(pattern, [...short, ...names])
  if (nearest !== undefined) return `no task of ${suite} has this name; did you mean ${nearest}?`
  return `matches no task of ${suite}; \`sbench suite show ${suite}\` lists them`
}
