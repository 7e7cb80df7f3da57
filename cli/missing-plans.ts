import type { Contestant } from '../coordinator/contract/sweep.ts'
import { nearestName } from '../core/nearest.ts'
import type { Problem } from '../core/problems.ts'
import { planNames } from '../tasks/scripted-plans.ts'
import type { Task } from '../tasks/task.ts'

const SCRIPTED = 'scripted/'

/** Contestants with a scripted model that one of the tasks has no plan for. */
export async function missingPlans(
  contestants: readonly Contestant[],
  tasks: readonly Task[],
): Promise<Problem[]> {
  const scripted = contestants.flatMap(({ model }, index) =>
    model?.startsWith(SCRIPTED) === true ? [{ index, plan: model.slice(SCRIPTED.length) }] : [],
  )
  if (scripted.length === 0) return []
  const plans = await Promise.all(
    tasks.map(async ({ name, dir }) => ({ task: name, names: await planNames(dir) })),
  )
  return scripted.flatMap(({ index, plan }) => {
    const without = plans.find(({ names }) => !names.includes(plan))
    if (without === undefined) return []
    const near = nearestName(plan, without.names)
    const meant = near === undefined ? '' : ` Did you mean ${SCRIPTED}${near}?`
    return [
      {
        path: `contestants.${index}.model`,
        value: `${SCRIPTED}${plan}`,
        remedy:
          `task ${without.task} has no plan "${plan}".${meant} ` +
          `It has ${without.names.join(', ') || 'none'}; write others into its folder plans/`,
      },
    ]
  })
}
