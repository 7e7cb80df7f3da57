import type { StopRule } from '../coordinator/contract/stopping.ts'
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
import { planStop } from './stop-section.ts'
import { duplicateProblems, seedsIn, sweepFileSchema } from './sweep-file.ts'

/** A sweep file with every name in it looked up. */
export interface SweepPlan {
  readonly name: string
  readonly suite: Pick<Suite, 'name' | 'version' | 'digest'>
  readonly contestants: readonly Contestant[]
  /** In the suite's order. */
  readonly tasks: readonly Task[]
  readonly seeds: readonly number[]
  readonly limits: SweepLimits
  /** Null: all seeds are run. */
  readonly stop: StopRule | null
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
  const stop = planStop(document.stop, {
    contestants: namesIn(document, planned.contestants),
    rounds: seedsIn(document)?.length ?? null,
  })
  const problems = [
    ...(parsed.success ? [] : problemsOf(parsed.error, document)),
    ...planned.problems,
    ...(await missingPlans(planned.contestants, found.tasks)),
    ...duplicateProblems(document),
    ...stop.problems,
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
    stop: stop.rule,
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

/** Null where an entry of the file has no shape that a name could come from. */
function namesIn(
  { contestants: entries }: Readonly<Record<string, unknown>>,
  known: readonly Contestant[],
): string[] | null {
  const all = Array.isArray(entries) && entries.length === known.length
  return all ? known.map(({ name }) => name) : null
}

/** Something in the file is in dollars, so that every price must be known. */
function limitsCost({ budget, perTrial, stop }: Readonly<Record<string, unknown>>): boolean {
  const has = (table: unknown, field: string): boolean =>
    typeof table === 'object' && table !== null && (Reflect.get(table, field) ?? null) !== null
  return (budget ?? null) !== null || has(perTrial, 'cost') || has(stop, 'budget')
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
