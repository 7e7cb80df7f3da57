import { Failure } from '../../core/failure.ts'
import { command } from '../command.ts'
import { homeFolder } from '../home-folder.ts'
import { partsTable } from '../parts-table.ts'

export const status = command({
  words: ['status'],
  summary: 'Show what of the stack runs, and how it is.',
  details: 'Ends with exit code 4 when it does not run.',
  args: {},
  flags: {},
  examples: [{ line: 'sbench status', does: 'list the processes of the stack' }],
  async run({ flags }, context) {
    const { stackStatus } = await import('../../deploy/local/stack.ts')
    const found = await stackStatus(homeFolder(flags, context))
    context.output.answer(found, () =>
      found.running ? partsTable(found.parts, Date.now()).join('\n') : '',
    )
    if (found.running) return
    const left = found.leftovers.length === 0 ? '' : ` Left over: ${found.leftovers.join(', ')}.`
    throw new Failure(
      'stack.not-running',
      `No stack runs in ${found.home}.${left} Start it: sbench up`,
    )
  },
})
