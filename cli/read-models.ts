import { loadModels, type ModelsConfig, modelsPath } from '../models/config.ts'
import { hasKey, keyPlaceText } from '../models/key-place.ts'
import type { Provider } from '../models/provider.ts'
import type { CommandContext } from './command-context.ts'
import { homeFolder } from './home-folder.ts'

/**
 * The providers and models of this installation.
 *
 * @throws Failure `config.invalid` with every mistake of the file of models.
 */
export function readModels(
  flags: { readonly home?: string | undefined },
  context: Pick<CommandContext, 'environment' | 'folder'>,
): Promise<ModelsConfig> {
  return loadModels(modelsPath(context.environment, homeFolder(flags, context)))
}

/** Said of keys that this machine lacks; the nodes, which use them, may have them. */
export async function missingKeys(
  providers: readonly Provider[],
  environment: CommandContext['environment'],
): Promise<string[]> {
  const lines: string[] = []
  for (const provider of providers) {
    if (await hasKey(provider, environment)) continue
    lines.push(
      `note: this machine has no key for ${provider.name} (${keyPlaceText(provider)}). ` +
        'The nodes need it: sbench models check',
    )
  }
  return lines
}
