import { command } from '../command.ts'
import { homeFolder } from '../home-folder.ts'

export const down = command({
  words: ['down'],
  summary: 'Stop the local stack; its data stays.',
  details: 'Running trials are handed back and go on after the next `sbench up`.',
  args: {},
  flags: {},
  examples: [{ line: 'sbench down', does: 'stop every process of the stack' }],
  async run({ flags }, context) {
    const { down: bringDown } = await import('../../deploy/local/stack.ts')
    const home = homeFolder(flags, context)
    const stopped = await bringDown(home)
    context.output.answer({ home, stopped }, () =>
      stopped ? `The stack in ${home} has stopped.` : `No stack ran in ${home}.`,
    )
  },
})
