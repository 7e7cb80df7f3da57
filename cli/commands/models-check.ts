import { z } from 'zod'
import { Failure } from '../../core/failure.ts'
import { command } from '../command.ts'

export const modelsCheck = command({
  words: ['models', 'check'],
  summary:
    'Make one short call of each model on each node: is the key good, how fast is the answer.',
  details:
    'The call goes the way of an agent’s calls: through the node’s gateway, with the node’s key. It ' +
    'costs what a few tokens cost. Without models, the cheapest known one of each provider whose key ' +
    'this machine has. Ends with exit code 5 when a call fails.',
  args: { models: { summary: 'provider/name', optional: true, variadic: true } },
  flags: {
    node: z.string().optional().meta({ description: 'on this node only', value: 'node' }),
  },
  examples: [
    { line: 'sbench models check', does: 'a model of each provider, on every node' },
    { line: 'sbench models check anthropic/claude-opus-5', does: 'one model' },
  ],
  async run({ args, flags }, context) {
    const { hasKey } = await import('../../models/key-place.ts')
    const { resolveModel } = await import('../../models/resolve-model.ts')
    const { checkedTable, checkModels } = await import('../check-models.ts')
    const { cheapestModels } = await import('../cheapest-models.ts')
    const { openFarm } = await import('../open-farm.ts')
    const { readModels } = await import('../read-models.ts')
    const { chooseNodes } = await import('../run-errand.ts')
    const config = await readModels(flags, context)
    for (const model of args.models) resolveModel(model, config)
    const keyed = []
    for (const provider of config.providers) {
      if (await hasKey(provider, context.environment)) keyed.push(provider)
    }
    const models = args.models.length > 0 ? args.models : cheapestModels(config, keyed)
    await using farm = await openFarm(flags, context)
    const nodes = chooseNodes(await (await farm.fleet()).living(), flags.node)
    const checks = await checkModels(await farm.temporal(), models, nodes)
    context.output.answer(checks, () => checkedTable(checks).join('\n'))
    const failed = checks.filter(({ ok }) => !ok).length
    if (failed === 0) return
    throw new Failure('model.provider-failed', `${failed} of ${checks.length} calls failed.`, {
      facts: { failed, calls: checks.length },
    })
  },
})
