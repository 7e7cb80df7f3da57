import { z } from 'zod'
import { Failure } from '../../core/failure.ts'
import { trialIdOf } from '../../core/ids.ts'
import { SCRIPTED_ENGINEER } from '../../models/built-in-providers.ts'
import type { AgentCheck } from '../agent-check-table.ts'
import { command } from '../command.ts'

export const agentsCheck = command({
  words: ['agents', 'check'],
  summary: 'Let each agent solve one task with a scripted model: does it start, call and arrive.',
  details:
    `A sweep of one trial an agent, with ${SCRIPTED_ENGINEER}, which needs no key. Without names, every ` +
    'agent that needs a model. Ends with exit code 5 when one does not get full marks.',
  args: { agents: { summary: 'names of agents', optional: true, variadic: true } },
  flags: {
    suite: z.string().default('starter').meta({ description: 'where the task is', value: 'suite' }),
    task: z
      .string()
      .default('cli-subcommand')
      .meta({ description: 'the one to solve', value: 'name' }),
  },
  examples: [
    { line: 'sbench agents check', does: 'all of them' },
    { line: 'sbench agents check codex --task flaky-test', does: 'one, on another task' },
  ],
  async run({ args, flags }, context) {
    const { readTrial } = await import('../../analytics/read-trial.ts')
    const { listTrials } = await import('../../analytics/read-trials.ts')
    const { agentCheck, agentCheckTable } = await import('../agent-check-table.ts')
    const { allAgents, namedAgents } = await import('../agent-facts.ts')
    const { followSweep } = await import('../follow-sweep.ts')
    const { openFarm } = await import('../open-farm.ts')
    const { planSweep } = await import('../plan-sweep.ts')
    const { readModels } = await import('../read-models.ts')
    const { submitSweep } = await import('../submit-sweep.ts')
    const { suitePath } = await import('../suite-path.ts')
    const { output, folder } = context
    const agents =
      args.agents.length > 0
        ? namedAgents(args.agents)
        : allAgents().filter(({ name, needsModel }) => needsModel && name !== 'command')
    const contestants = agents.map(({ name, needsModel }) =>
      needsModel ? { agent: name, model: SCRIPTED_ENGINEER, name } : { agent: name },
    )
    const document = {
      name: 'agents check',
      suite: suitePath(flags.suite, folder),
      tasks: [flags.task],
      contestants,
      seeds: 1,
      attempts: 1,
      priority: 2,
    }
    const models = await readModels(flags, context)
    const plan = await planSweep(document, { subject: 'agents check', models })

    await using farm = await openFarm(flags, context)
    const { manifest, planned } = await submitSweep(farm, plan)
    const { sweep, name } = manifest
    output.say(`sweep ${sweep}: ${planned} trials`)
    if ((await followSweep(farm, { sweep, name }, context)) === null) {
      return output.answer({ sweep, detached: true }, () => '')
    }
    const lines = await listTrials(farm.store, sweep)
    const checks: AgentCheck[] = []
    for (const { name: agent, version } of agents) {
      const id = trialIdOf(sweep, agent, plan.tasks[0]?.name ?? '', 1)
      const line = lines.find(({ trial }) => trial === id) ?? null
      const attempts = line === null ? [] : (await readTrial(farm.store, id)).attempts
      const calls = attempts.at(-1)?.usage?.calls ?? null
      checks.push(agentCheck({ agent, version, calls }, line))
    }
    output.answer({ sweep, agents: checks }, () => agentCheckTable(checks).join('\n'))
    const failed = checks.filter(({ ok }) => !ok).length
    if (failed === 0) return
    throw new Failure('sweep.unfinished', `${failed} of ${checks.length} agents did not arrive.`, {
      facts: { sweep, failed, agents: checks.length },
    })
  },
})
