import { access, constants } from 'node:fs/promises'
import type { Provider } from './provider.ts'

/** Whether this machine has a provider's key, without reading it. */
export async function hasKey(
  { key }: Pick<Provider, 'key'>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  if (key === null) return true
  if ('env' in key) return (environment[key.env] ?? '') !== ''
  return access(key.file, constants.R_OK).then(
    () => true,
    () => false,
  )
}

/** Where the key is looked for, for people; never the key. */
export function keyPlaceText({ key }: Pick<Provider, 'key'>): string {
  if (key === null) return 'none needed'
  return 'env' in key ? `$${key.env}` : key.file
}

/** Variables that hold keys of providers: not for processes that ask no models. */
export function keyVariables({ providers }: { readonly providers: readonly Provider[] }): string[] {
  return providers.flatMap(({ key }) => (key !== null && 'env' in key ? [key.env] : []))
}
