import type { ScriptedModel } from '../sources/scripted-source.ts'
import { loadPlan } from './load-plan.ts'
import type { Plan } from './plan.ts'
import { errandAnswer, offersShell, scriptedAnswer } from './scripted-answer.ts'

/** Plans in memory at once: tasks are few, their packages do not change. */
const MOST_PLANS = 200

/** The models `scripted/…`: each task's plan of that name, read once. */
export function scriptedModel(): ScriptedModel {
  const plans = new Map<string, Promise<Plan>>()
  return async function* answer(request, { taskDir, model }) {
    if (!offersShell(request)) return yield* errandAnswer(request)
    const key = `${taskDir} ${model}`
    const plan = plans.get(key) ?? loadPlan(taskDir, model)
    if (plans.size >= MOST_PLANS) plans.clear()
    plans.set(key, plan)
    yield* scriptedAnswer(await plan, request)
  }
}
