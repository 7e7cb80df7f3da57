import { z } from 'zod'
import { findAgent } from '../../coordinator/contract/agents.ts'
import { Failure } from '../../core/failure.ts'
import { trialIdOf } from '../../core/ids.ts'
import { problemsFailure } from '../../core/problems.ts'
import { command } from '../command.ts'
import { wholeNumber } from '../number-flag.ts'
import { MAX_SEED } from '../seeds.ts'
import { suitePath } from '../suite-path.ts'

export const taskRun = command({
  words: ['task', 'run'],
  summary: 'Run one agent on one task, once, and show how it went.',
  args: { task: { summary: 'the folder of a task' } },
  flags: {
    agent: z.string().default('oracle').meta({ description: 'who works on it', value: 'name' }),
    model: z.string().optional().meta({
      description: 'what the agent thinks with, when it needs a model',
      value: 'provider/name',
    }),
    seed: wholeNumber(0, MAX_SEED)
      .default(1)
      .meta({ description: 'fixes everything random', value: 'n' }),
  },
  examples: [
    { line: 'sbench task run ./my-tasks/slow-query', does: 'try the reference solution' },
    { line: 'sbench task run ./my-tasks/slow-query --agent partial', does: 'try a variant' },
  ],
  async run({ args, flags }, context) {
    const { assertComplete, followSweep } = await import('../follow-sweep.ts')
    const { openFarm } = await import('../open-farm.ts')
    const { readTrial } = await import('../../analytics/read-trial.ts')
    const { submitSweep } = await import('../submit-sweep.ts')
    const { planContestants } = await import('../plan-contestants.ts')
    const { missingKeys, readModels } = await import('../read-models.ts')
    const { loadTasks, taskSetPlan } = await import('../task-set.ts')
    const { trialText } = await import('../trial-text.ts')
    const { output, folder } = context
    const { agent, model = null } = flags
    findAgent(agent)
    const { contestants, providers, problems } = planContestants(
      { contestants: [{ agent, model }] },
      { models: await readModels(flags, context), priced: false },
    )
    if (problems.length > 0) throw problemsFailure('input.invalid', 'task run', problems)
    const tasks = await loadTasks([suitePath(args.task, folder)])
    assertOne(args.task, tasks.length)

    await using farm = await openFarm(flags, context)
    for (const line of await missingKeys(providers, context.environment)) output.say(line)
    const plan = { ...taskSetPlan('task run', tasks), contestants, tasks, seeds: [flags.seed] }
    const { manifest } = await submitSweep(farm, plan)
    const { sweep, name } = manifest
    output.say(`sweep ${sweep}`)
    const view = await followSweep(farm, { sweep, name }, context)
    if (view === null) return output.answer({ sweep, detached: true }, () => '')
    const trial = trialIdOf(sweep, contestants[0]?.name ?? '', tasks[0]?.name ?? '', flags.seed)
    const shown = await readTrial(farm.store, trial)
    output.answer(shown, () => trialText(shown))
    assertComplete(view)
  },
})

function assertOne(typed: string, count: number): void {
  if (count === 1) return
  throw new Failure('input.invalid', `${typed} holds ${count} tasks; give the folder of one.`)
}
