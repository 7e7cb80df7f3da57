import { command } from '../command.ts'
import { textTable } from '../text-table.ts'

export const agentsList = command({
  words: ['agents', 'list'],
  summary: 'List the agents: version, how they speak to models, what they need.',
  args: {},
  flags: {},
  examples: [{ line: 'sbench agents list', does: 'every agent that a sweep can name' }],
  async run(_input, { output }) {
    const { allAgents } = await import('../agent-facts.ts')
    const agents = allAgents()
    output.answer(agents, () => {
      const rows = agents.map(({ name, version, dialects, needsModel, summary }) => [
        name,
        version ?? '',
        dialects.join(', '),
        needsModel ? 'a model' : 'nothing',
        summary,
      ])
      const titles = ['agent', 'version', 'speaks', 'needs', 'is']
      return textTable(
        titles.map((title) => ({ title })),
        rows,
      ).join('\n')
    })
  },
})
