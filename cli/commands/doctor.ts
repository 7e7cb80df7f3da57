import { command } from '../command.ts'
import { homeFolder } from '../home-folder.ts'

export const doctor = command({
  words: ['doctor'],
  summary: 'Look at what this machine has of what the stack needs.',
  details: 'Changes nothing. What is not there is not always needed: the remedy says.',
  args: {},
  flags: {},
  examples: [{ line: 'sbench doctor', does: 'find out why `sbench up` does not work' }],
  async run({ flags }, context) {
    const { doctor: examine } = await import('../../deploy/local/doctor.ts')
    const home = homeFolder(flags, context)
    const found = await examine({ environment: context.environment, home })
    const width = Math.max(...found.map(({ name }) => name.length))
    context.output.answer(found, () =>
      found
        .flatMap(({ name, found, detail, remedy }) => [
          `${found ? 'ok     ' : 'missing'}  ${name.padEnd(width)}  ${detail}`,
          ...(found ? [] : [`${' '.repeat(width + 11)}${remedy}`]),
        ])
        .join('\n'),
    )
  },
})
