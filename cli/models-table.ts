import type { ModelsConfig } from '../models/config.ts'
import type { ModelFacts, Rates } from '../models/model.ts'
import type { Provider } from '../models/provider.ts'
import { textTable } from './text-table.ts'

/** A provider, and whether this machine has its key. */
export interface ProviderLine extends Pick<Provider, 'name' | 'dialects' | 'baseUrl' | 'pace'> {
  /** Where the key is looked for, never the key. */
  readonly keyPlace: string
  readonly keyHere: boolean
}

/** Models with their prices for a million tokens, then who answers for them. */
export function modelsTable(
  models: readonly ModelFacts[],
  providers: readonly ProviderLine[],
): string[] {
  const rows = models.flatMap(modelRows)
  const columns = [
    { title: 'model' },
    { title: 'input', align: 'right' },
    { title: 'cached', align: 'right' },
    { title: 'output', align: 'right' },
    { title: 'as of' },
    { title: 'context', align: 'right' },
    { title: 'answer', align: 'right' },
  ] as const
  const providerRows = providers.map(({ name, dialects, baseUrl, keyPlace, keyHere, pace }) => [
    name,
    dialects.join(', '),
    baseUrl === '' ? 'the gateway itself' : baseUrl,
    keyPlace,
    keyHere ? 'yes' : 'no',
    paceText(pace),
  ])
  const providerColumns = [
    { title: 'provider' },
    { title: 'speaks' },
    { title: 'at' },
    { title: 'key' },
    { title: 'here' },
    { title: 'pace' },
  ]
  return [
    'US dollars for a million tokens; context and longest answer in tokens.',
    '',
    ...textTable(columns, rows),
    '',
    ...textTable(providerColumns, providerRows),
  ]
}

/** Models of the providers that are asked for; all when none is. */
export function modelsOf({ models }: ModelsConfig, providers: readonly string[]): ModelFacts[] {
  if (providers.length === 0) return [...models]
  return models.filter(({ model }) => providers.some((name) => model.startsWith(`${name}/`)))
}

function modelRows({ model, price, contextTokens, maxOutputTokens }: ModelFacts): string[][] {
  const limits = [tokens(contextTokens), tokens(maxOutputTokens)]
  if (price === null) return [[model, 'unknown', '', 'unknown', '', ...limits]]
  const usual = [model, ...rateCells(price), price.asOf, ...limits]
  if (price.longPrompt === undefined) return [usual]
  const above = `  above ${tokens(price.longPrompt.above)} of input`
  return [usual, [above, ...rateCells(price.longPrompt)]]
}

const rateCells = ({ input, cachedInput, output }: Rates): string[] => [
  String(input),
  String(cachedInput ?? input),
  String(output),
]

function paceText({ requestsPerMinute, tokensPerMinute, concurrency }: Provider['pace']): string {
  const parts = [
    ...(requestsPerMinute === null ? [] : [`${requestsPerMinute} calls a minute`]),
    ...(tokensPerMinute === null ? [] : [`${tokens(tokensPerMinute)} tokens a minute`]),
    ...(concurrency === null ? [] : [`${concurrency} at once`]),
  ]
  return parts.join(', ')
}

/** `1.05M`, `200k`; blank when unknown. */
export function tokens(count: number | null): string {
  if (count === null) return ''
  if (count < 1_000) return String(count)
  if (count < 999_500) return `${Number((count / 1_000).toPrecision(3))}k`
  return `${Number((count / 1_000_000).toPrecision(3))}M`
}
