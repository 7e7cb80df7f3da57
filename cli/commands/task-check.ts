import { Failure } from '../../core/failure.ts'
import { newSweepId } from '../../core/ids.ts'
import type { CheckedTrial } from '../check-verdict.ts'
import { command } from '../command.ts'
import { wholeNumber } from '../number-flag.ts'
import { suitePath } from '../suite-path.ts'

export const taskCheck = command({
  words: ['task', 'check'],
  summary: 'Prove tasks: the solution gets full marks, doing nothing and cheating get none.',
  details:
    'Runs the reference solution and the variants a task has as a sweep: oracle and alternative must ' +
    'get full marks, partial some, nop and cheat none. Ends with exit code 5 when a task does not hold.',
  args: { tasks: { summary: 'folders of tasks, or suites', variadic: true } },
  flags: {
    repeat: wholeNumber(1, 100)
      .default(1)
      .meta({ description: 'runs of the reference solution, to find flaky tasks', value: 'n' }),
  },
  examples: [
    { line: 'sbench task check ./my-tasks/slow-query --repeat 5', does: 'one task, five times' },
    { line: 'sbench task check starter', does: 'every task of a suite' },
  ],
  async run({ args, flags }, context) {
    const { assertCheckable, checkBlocks } = await import('../check-plan.ts')
    const { checkTable } = await import('../check-table.ts')
    const { checkVerdict } = await import('../check-verdict.ts')
    const { followSweep } = await import('../follow-sweep.ts')
    const { newManifest, storeManifest, storeTask } = await import('../make-manifest.ts')
    const { openFarm } = await import('../open-farm.ts')
    const { allTrials } = await import('../all-trials.ts')
    const { startSweep } = await import('../sweep-workflow.ts')
    const { loadTasks, taskSetPlan } = await import('../task-set.ts')
    const { output, folder } = context
    const tasks = await loadTasks(args.tasks.map((each) => suitePath(each, folder)))
    assertCheckable(tasks)

    await using farm = await openFarm(flags, context)
    const client = await farm.temporal()
    const stored = []
    for (const task of tasks) stored.push({ task, ref: await storeTask(farm.blobs, task) })
    const plan = taskSetPlan('task check', tasks)
    const blocks = checkBlocks(stored, flags.repeat)
    const { manifest, ...rest } = await storeManifest(
      farm.blobs,
      newManifest(newSweepId(), plan, blocks),
    )
    await startSweep(client, { manifest, ...rest })
    const { sweep, name } = manifest
    output.say(`sweep ${sweep}: ${rest.planned} trials of ${tasks.length} tasks`)
    if ((await followSweep(farm, { sweep, name }, context)) === null) {
      return output.answer({ sweep, detached: true }, () => '')
    }
    const results: CheckedTrial[] = []
    for await (const trial of allTrials(farm.store, sweep)) results.push(trial)
    const verdicts = tasks.map((task) => checkVerdict(task, results))
    output.answer({ sweep, tasks: verdicts }, () => checkTable(verdicts).join('\n'))
    const failed = verdicts.filter(({ ok }) => !ok).length
    if (failed === 0) return
    throw new Failure('task.check-failed', `${failed} of ${verdicts.length} tasks do not hold.`, {
      facts: { sweep, failed, tasks: verdicts.length },
    })
  },
})
