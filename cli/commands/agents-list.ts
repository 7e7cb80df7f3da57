import { command } from '../command.ts'
import { textTable } from '../text-table.ts'

export const agentsList = command({
  words: ['agents', 'list'],
  summary: 'List the agents: version, how they speak to models, which parameters they take.',
  args: {},
  flags: {},
  examples: [{ line: 'sbench agents list', does: 'every agent that a sweep can name' }],
  async run(_input, { output }) {
    const { allAgents } = await import('../agent-facts.ts')
    const agents = allAgents()
    output.answer(agents, () => {
      const rows = agents.map((agent) => [
        agent.name,
        agent.version ?? '',
        agent.dialects.join(', ') || (agent.takesModel ? 'any' : ''),
        agent.needsModel ? 'needed' : agent.takesModel ? 'if given' : '',
        agent.parameters.join(', '),
        agent.summary,
      ])
      const titles = ['agent', 'version', 'speaks', 'model', 'takes', 'is']
      return textTable(
        titles.map((title) => ({ title })),
        rows,
      ).join('\n')
    })
  },
})
