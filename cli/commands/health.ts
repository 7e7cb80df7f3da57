import { command } from '../command.ts'
import { LEVEL_FLAG } from '../statistics-flags.ts'
import { SWEEP_ARGUMENT } from '../sweep-reference.ts'

export const health = command({
  words: ['health'],
  summary:
    "Show what a sweep's tasks are worth: solved by whom, telling whom apart, broken or not.",
  details:
    'Solve rates are over contestants that compete; the reference solution, doing nothing and known ' +
    'cheats are checks of a task. A flag says what to look at and why, and is no verdict.',
  args: { sweeps: { ...SWEEP_ARGUMENT, variadic: true } },
  flags: { level: LEVEL_FLAG },
  examples: [{ line: 'sbench health latest', does: 'every task of the sweep submitted last' }],
  async run({ args, flags }, context) {
    const { taskHealth } = await import('../../analytics/analysis/task-health.ts')
    const { healthText } = await import('../../analytics/analysis/analysis-text.ts')
    const { openFarm } = await import('../open-farm.ts')
    const { readSweepsTogether } = await import('../read-sweeps-together.ts')
    await using farm = await openFarm(flags, context)
    const { results, names } = await readSweepsTogether(farm, args.sweeps)
    const tasks = taskHealth(results, { level: flags.level })
    context.output.answer({ sweeps: names, level: flags.level, tasks }, () =>
      healthText(tasks, { health: true }).join('\n'),
    )
  },
})
