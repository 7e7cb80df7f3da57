import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { Failure } from '../core/failure.ts'
import { type Problem, problemsFailure, problemsOf } from '../core/problems.ts'
import { INTERNAL, NO_PACE, SCRIPTED_MODELS, VENDORS } from './built-in-providers.ts'
import type { ModelFacts } from './model.ts'
import { type ModelEntry, modelsFileSchema, type ProviderEntry } from './models-file.ts'
import { KNOWN_MODELS } from './prices.ts'
import type { Provider } from './provider.ts'

/** Every provider and model that this installation knows, those of its file first. */
export interface ModelsConfig {
  readonly providers: readonly Provider[]
  readonly models: readonly ModelFacts[]
}

/** What there is without a file. */
export const BUILT_IN_MODELS: ModelsConfig = {
  providers: [...VENDORS, ...INTERNAL],
  models: [...SCRIPTED_MODELS, ...KNOWN_MODELS],
}

/** The file of models: `SBENCH_MODELS`, else `models.yaml` in the stack's folder. */
export function modelsPath(
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
): string {
  return resolve(environment.SBENCH_MODELS || join(home, 'models.yaml'))
}

/**
 * Reads the file of models over what is built in; without a file there is what is built in.
 *
 * @throws Failure `config.invalid` with every mistake at once: path, value, remedy.
 */
export async function loadModels(path: string): Promise<ModelsConfig> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (isAbsent(cause)) return null
    throw new Failure('config.invalid', `The file of models ${path} cannot be read.`, { cause })
  })
  return text === null ? BUILT_IN_MODELS : parseModels(text, path)
}

/** @param path where the text is from: for messages, and to find key files beside it. */
export function parseModels(text: string, path: string): ModelsConfig {
  const document = parseDocument(text)
  const broken = document.errors.map(({ message }) => ({
    path: '',
    remedy: message.split('\n')[0] ?? message,
  }))
  if (broken.length > 0) throw problemsFailure('config.invalid', path, broken)
  const written: unknown = document.toJS() ?? {}
  const parsed = modelsFileSchema.safeParse(written)
  if (!parsed.success) {
    throw problemsFailure('config.invalid', path, withoutSecrets(problemsOf(parsed.error, written)))
  }
  const { providers, models } = parsed.data
  const problems = [
    ...repeated(
      'providers',
      'name',
      providers.map(({ name }) => name),
    ),
    ...repeated(
      'models',
      'model',
      models.map(({ model }) => model),
    ),
    ...incomplete(providers),
  ]
  const known = overlay(
    providers.map((entry) => providerOf(entry, dirname(resolve(path)))),
    BUILT_IN_MODELS.providers,
    ({ name }) => name,
  )
  problems.push(...homeless(models, known))
  if (problems.length > 0) throw problemsFailure('config.invalid', path, problems)
  const facts = overlay(models.map(modelOf), BUILT_IN_MODELS.models, ({ model }) => model)
  return { providers: known, models: facts }
}

function providerOf({ key, ...entry }: ProviderEntry, folder: string): Provider {
  const base = VENDORS.find(({ name }) => name === entry.name)
  return {
    name: entry.name,
    dialects: entry.dialects ?? base?.dialects ?? ['openai-chat'],
    baseUrl: entry.baseUrl ?? base?.baseUrl ?? '',
    key: key === undefined ? (base?.key ?? null) : keyPlace(key, folder),
    headers: { ...base?.headers, ...entry.headers },
    pace: { ...NO_PACE, ...entry.pace },
  }
}

function keyPlace(key: NonNullable<Provider['key']> | null, folder: string): Provider['key'] {
  return key !== null && 'file' in key ? { file: resolve(folder, key.file) } : key
}

/** A vendor's model that the file names keeps what the file does not say. */
function modelOf(entry: ModelEntry): ModelFacts {
  const base = BUILT_IN_MODELS.models.find(({ model }) => model === entry.model)
  return {
    model: entry.model,
    price: entry.price ?? base?.price ?? null,
    contextTokens: entry.contextTokens ?? base?.contextTokens ?? null,
    maxOutputTokens: entry.maxOutputTokens ?? base?.maxOutputTokens ?? null,
  }
}

/** Somebody may have written a key where its place belongs: it is not said again. */
function withoutSecrets(problems: readonly Problem[]): Problem[] {
  return problems.map((problem) => {
    if (!/\.(key|headers)\b/.test(problem.path)) return problem
    const { path, remedy } = problem
    return { path, remedy }
  })
}

function overlay<Item>(
  own: readonly Item[],
  builtIn: readonly Item[],
  nameOf: (item: Item) => string,
): Item[] {
  const names = new Set(own.map(nameOf))
  return [...own, ...builtIn.filter((item) => !names.has(nameOf(item)))]
}

function repeated(list: string, field: string, names: readonly string[]): Problem[] {
  return names.flatMap((value, index) =>
    names.indexOf(value) < index
      ? [{ path: `${list}.${index}.${field}`, value, remedy: 'is there already; remove one' }]
      : [],
  )
}

/** What a vendor has built in, another provider has to say. */
function incomplete(providers: readonly ProviderEntry[]): Problem[] {
  return providers.flatMap(({ name, baseUrl, dialects }, index): Problem[] => {
    if (VENDORS.some((vendor) => vendor.name === name)) return []
    const missing = (field: string, remedy: string) => ({
      path: `providers.${index}.${field}`,
      remedy,
    })
    return [
      ...(baseUrl === undefined ? [missing('baseUrl', 'write the address of its API')] : []),
      ...(dialects === undefined ? [missing('dialects', 'say how it is spoken to')] : []),
    ]
  })
}

function homeless(models: readonly ModelEntry[], providers: readonly Provider[]): Problem[] {
  return models.flatMap(({ model }, index) => {
    const provider = model.slice(0, model.indexOf('/'))
    if (providers.some(({ name }) => name === provider)) return []
    const remedy = `there is no provider ${provider}; add it under providers, or correct its name`
    return [{ path: `models.${index}.model`, value: model, remedy }]
  })
}

const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'
