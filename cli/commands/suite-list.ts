import { command } from '../command.ts'
import { textTable } from '../text-table.ts'

export const suiteList = command({
  words: ['suite', 'list'],
  summary: 'List the suites that come with the farm.',
  args: {},
  flags: {},
  examples: [{ line: 'sbench suite list', does: 'names, versions and what they hold' }],
  async run(_input, { output }) {
    const { listSuites } = await import('../../tasks/load-suite.ts')
    const suites = await listSuites()
    output.answer(suites, () => {
      const rows = suites.map(({ name, version, description }) => [name, version, description])
      return textTable([{ title: 'suite' }, { title: 'version' }, { title: 'is' }], rows).join('\n')
    })
  },
})
