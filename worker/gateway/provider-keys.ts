import { readFileSync } from 'node:fs'
import { Failure } from '../../core/failure.ts'
import type { Provider } from '../../models/provider.ts'

/**
 * The key of a provider, from where the installation keeps it; null for a provider that wants none.
 *
 * @throws Failure `model.key-missing`.
 */
export function readKey(
  provider: Provider,
  environment: Readonly<Record<string, string | undefined>>,
): string | null {
  const { key, name } = provider
  if (key === null) return null
  const where = 'env' in key ? `the variable ${key.env}` : `the file ${key.file}`
  const value = 'env' in key ? environment[key.env] : readSecret(key.file)
  const trimmed = value?.trim() ?? ''
  if (trimmed !== '') return trimmed
  throw new Failure(
    'model.key-missing',
    `The provider ${name} wants a key, and ${where} does not hold one on this node.`,
    { facts: { provider: name } },
  )
}

function readSecret(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
