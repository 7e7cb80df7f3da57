import type { Contestant } from '../coordinator/contract/sweep.ts'
import type { Provider } from '../models/provider.ts'
import { namedAgents } from './agent-facts.ts'

/**
 * Said of contestants whose agent and provider have no dialect in common: their calls are translated,
 * and what cannot be carried over is recorded with each call.
 */
export function translationNotes(
  contestants: readonly Pick<Contestant, 'agent' | 'model'>[],
  providers: readonly Pick<Provider, 'name' | 'dialects'>[],
): string[] {
  const notes = contestants.flatMap(({ agent, model }): string[] => {
    const provider = providers.find(({ name }) => model?.startsWith(`${name}/`) ?? false)
    const dialects = namedAgents([agent]).flatMap((each) => each.dialects)
    if (provider === undefined || dialects.length === 0) return []
    if (dialects.some((dialect) => provider.dialects.includes(dialect))) return []
    return [
      `note: ${agent} speaks ${dialects.join(', ')} and ${provider.name} does not: ` +
        'its calls are translated',
    ]
  })
  return [...new Set(notes)]
}
