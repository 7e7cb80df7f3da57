import { Failure } from '../core/failure.ts'
import { nearestName } from '../core/nearest.ts'
import { INTERNAL, SCRIPTED_MODELS, VENDORS } from './built-in-providers.ts'
import type { ModelsConfig } from './config.ts'
import type { ModelFacts } from './model.ts'
import type { Provider } from './provider.ts'

export interface ResolvedModel {
  readonly provider: Provider
  readonly facts: ModelFacts
  /** The provider's own name of the model: what stands behind the first slash. */
  readonly name: string
}

/** `claude-x-20260131`, `gpt-x-2026-01-31`: one day's version of a model. */
const DATED = /-(?:\d{8}|\d{4}-\d{2}-\d{2})$/

/**
 * Who answers for a model and what is known of it. Vendors' models have to be known, here or in the
 * file of models, so that a slip of the keyboard is found before anything runs; a dated version is
 * known with its model. Other providers are asked for whatever they are told to be asked for.
 *
 * @throws Failure `model.not-found` with the nearest name.
 */
export function resolveModel(model: string, { providers, models }: ModelsConfig): ResolvedModel {
  const slash = model.indexOf('/')
  if (slash < 1 || slash === model.length - 1) {
    const bare = new Map(
      models.map((each) => [each.model.slice(each.model.indexOf('/') + 1), each]),
    )
    const near = bare.get(nearestName(model, bare.keys()) ?? '')?.model
    throw notFound(model, `"${model}" is no model: write provider/name.${meant(near, model)}`)
  }
  const [providerName, name] = [model.slice(0, slash), model.slice(slash + 1)]
  const provider = providers.find((each) => each.name === providerName)
  if (provider === undefined) {
    const names = providers.map((each) => each.name)
    const near = nearestName(providerName, names)
    const list = names.join(', ')
    throw notFound(
      model,
      `There is no provider "${providerName}".${meant(near, providerName)} The providers are ${list}; ` +
        'others are added in the file of models.',
    )
  }
  const facts = factsOf(model, models) ?? scriptedFacts(model, providerName)
  if (facts !== null) return { provider, facts, name }
  if (mustBeKnown(provider)) {
    const own = models.filter((each) => each.model.startsWith(`${providerName}/`))
    const near = nearestName(model, namesOf(own))
    throw notFound(
      model,
      `${providerName} has no model "${name}" that is known here.${meant(near, model)} ` +
        'See `sbench models list`; a new one is added in the file of models.',
    )
  }
  const unknown = { price: null, contextTokens: null, maxOutputTokens: null }
  return { provider, facts: { model, ...unknown }, name }
}

function factsOf(model: string, models: readonly ModelFacts[]): ModelFacts | null {
  const exact = models.find((each) => each.model === model)
  if (exact !== undefined) return exact
  const undated = models.find((each) => each.model === model.replace(DATED, ''))
  return undated === undefined ? null : { ...undated, model }
}

/** Which plans there are is the tasks' to say. */
function scriptedFacts(model: string, provider: string): ModelFacts | null {
  const [engineer] = SCRIPTED_MODELS
  return provider === 'scripted' && engineer !== undefined ? { ...engineer, model } : null
}

/** A vendor at another address is a proxy, which may name models as it likes. */
function mustBeKnown({ name, baseUrl }: Provider): boolean {
  return [...VENDORS, ...INTERNAL].some((own) => own.name === name && own.baseUrl === baseUrl)
}

const namesOf = (models: readonly ModelFacts[]): string[] => models.map(({ model }) => model)

const meant = (near: string | undefined, typed: string): string =>
  near === undefined || near === typed ? '' : ` Did you mean ${near}?`

function notFound(model: string, message: string): Failure {
  return new Failure('model.not-found', message, { facts: { model } })
}
