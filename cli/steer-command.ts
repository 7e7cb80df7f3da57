import type { SweepStatus } from '../coordinator/contract/sweep.ts'
import { type Command, command } from './command.ts'
import { SWEEP_ARGUMENT } from './sweep-reference.ts'

interface Steering {
  readonly change: 'pause' | 'resume' | 'cancel'
  readonly summary: string
  readonly details: string
  /** What became of the sweep, in a sentence about it. */
  readonly done: (status: SweepStatus) => string
}

/** A command that says one thing to a running sweep. Said twice, it changes nothing. */
export function steerCommand({ change, summary, details, done }: Steering): Command {
  return command({
    words: ['sweep', change],
    summary,
    details: `${details} Said twice, it changes nothing.`,
    args: { sweep: SWEEP_ARGUMENT },
    flags: {},
    examples: [{ line: `sbench sweep ${change} latest`, does: 'the sweep submitted last' }],
    async run({ args, flags }, context) {
      const { openFarm } = await import('./open-farm.ts')
      const { findSweep } = await import('./find-sweep.ts')
      const { changeSweep } = await import('./sweep-workflow.ts')
      await using farm = await openFarm(flags, context)
      const { sweep } = await findSweep(farm, args.sweep)
      const progress = await changeSweep(await farm.temporal(), sweep, change)
      context.output.answer(progress, () => `Sweep ${sweep} ${done(progress.status)}`)
    },
  })
}
