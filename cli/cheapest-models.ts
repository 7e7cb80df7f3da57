import type { ModelsConfig } from '../models/config.ts'
import type { Provider } from '../models/provider.ts'

/** Of each provider the known model with the cheapest answers: enough to find out about its key. */
export function cheapestModels({ models }: ModelsConfig, providers: readonly Provider[]): string[] {
  return providers.flatMap(({ name }) => {
    const [cheapest] = models
      .filter(({ model }) => model.startsWith(`${name}/`))
      .sort((a, b) => (a.price?.output ?? Infinity) - (b.price?.output ?? Infinity))
    return cheapest === undefined ? [] : [cheapest.model]
  })
}
