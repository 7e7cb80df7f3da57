import { z } from 'zod'
import { Failure } from '../../core/failure.ts'
import { command } from '../command.ts'

export const agentsBuild = command({
  words: ['agents', 'build'],
  summary: 'Install agents on the nodes now, so that no trial waits for it.',
  details:
    'An agent is installed once per node; what is there already is left alone. Without names, every ' +
    'agent that is installed. Ends with exit code 5 when an installation fails.',
  args: { agents: { summary: 'names of agents', optional: true, variadic: true } },
  flags: {
    node: z.string().optional().meta({ description: 'on this node only', value: 'node' }),
  },
  examples: [
    { line: 'sbench agents build', does: 'all of them, on every node that lives' },
    { line: 'sbench agents build claude-code codex', does: 'two of them' },
  ],
  async run({ args, flags }, context) {
    const { allAgents, namedAgents } = await import('../agent-facts.ts')
    const { buildAgents, builtTable } = await import('../build-agents.ts')
    const { openFarm } = await import('../open-farm.ts')
    const { chooseNodes } = await import('../run-errand.ts')
    const { output } = context
    const chosen =
      args.agents.length > 0
        ? namedAgents(args.agents)
        : allAgents().filter(({ version }) => version !== null)
    const names = chosen.map(({ name }) => name)
    await using farm = await openFarm(flags, context)
    const nodes = chooseNodes(await (await farm.fleet()).living(), flags.node)
    output.say(`${names.length} agents on ${nodes.length} nodes; a first build takes minutes`)
    const builds = await buildAgents(await farm.temporal(), names, nodes)
    output.answer(builds, () => builtTable(builds).join('\n'))
    const failed = builds.filter(({ ok }) => !ok).length
    if (failed === 0) return
    const message = `${failed} of ${builds.length} installations failed.`
    throw new Failure('agent.install-failed', message, { facts: { failed } })
  },
})
