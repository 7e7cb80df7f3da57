import { command } from '../command.ts'

export const modelsList = command({
  words: ['models', 'list'],
  summary: 'List the models that are known, with prices and their day, and who answers for them.',
  details:
    'Built in are vendors’ models and `scripted/engineer`, which needs no key; others are added in ' +
    'the file of models (docs/models.md). A model without a price costs an unknown amount, never ' +
    'nothing. Keys are only looked for, on this machine: the nodes use their own.',
  args: {
    providers: { summary: 'of these providers only', optional: true, variadic: true },
  },
  flags: {},
  examples: [
    { line: 'sbench models list', does: 'everything that is known' },
    { line: 'sbench models list anthropic scripted', does: 'of two providers' },
  ],
  async run({ args, flags }, context) {
    const { hasKey, keyPlaceText } = await import('../../models/key-place.ts')
    const { modelsOf, modelsTable } = await import('../models-table.ts')
    const { readModels } = await import('../read-models.ts')
    const config = await readModels(flags, context)
    const models = modelsOf(config, args.providers)
    const named = config.providers.filter(
      ({ name }) => args.providers.length === 0 || args.providers.includes(name),
    )
    const providers = await Promise.all(
      named.map(async (provider) => {
        const { name, dialects, baseUrl, pace } = provider
        const keyHere = await hasKey(provider, context.environment)
        return { name, dialects, baseUrl, pace, keyPlace: keyPlaceText(provider), keyHere }
      }),
    )
    context.output.answer({ models, providers }, () => modelsTable(models, providers).join('\n'))
  },
})
