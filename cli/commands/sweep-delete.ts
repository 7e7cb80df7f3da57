import { z } from 'zod'
import { Failure, messageOf } from '../../core/failure.ts'
import { command } from '../command.ts'
import { SWEEP_ARGUMENT } from '../sweep-reference.ts'

export const sweepDelete = command({
  words: ['sweep', 'delete'],
  summary: 'Delete all results, trajectories and artifacts of a sweep, for good.',
  args: { sweep: SWEEP_ARGUMENT },
  flags: {
    yes: z.boolean().default(false).describe('do it'),
    force: z
      .boolean()
      .default(false)
      .describe('also when it is not known to have ended; late trials may still write'),
  },
  examples: [
    { line: 'sbench sweep delete latest', does: 'say what would be deleted' },
    { line: 'sbench sweep delete latest --yes', does: 'delete it' },
  ],
  async run({ args, flags }, context) {
    const { deleteSweep } = await import('../../analytics/delete-sweep.ts')
    const { readSweep } = await import('../../analytics/read-sweeps.ts')
    const { findSweep } = await import('../find-sweep.ts')
    const { openFarm } = await import('../open-farm.ts')
    await using farm = await openFarm(flags, context)
    const { sweep } = await findSweep(farm, args.sweep)
    const { name, finished } = await readSweep(farm.store, sweep)
    const what = `sweep ${sweep} (${name}) with ${finished} results, their trajectories and artifacts`
    if (!flags.yes) throw new Failure('input.invalid', `This deletes ${what}. Say --yes to do it.`)
    const { force } = flags
    const first = async () => {
      await farm.artifacts.remove(sweep).catch((error: unknown) => {
        if (!force) throw error
        context.output.say(`Its artifacts are not deleted: ${messageOf(error)}`)
      })
    }
    await deleteSweep(farm.store, sweep, { force, first })
    context.output.answer(
      { sweep, name, results: finished, deleted: true },
      () => `Deleted ${what}.`,
    )
  },
})
