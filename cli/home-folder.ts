import { resolve } from 'node:path'
import { stackSettings } from '../deploy/local/settings.ts'
import type { CommandContext } from './command-context.ts'

/** The state folder that a command means: `--home`, else `SBENCH_HOME`, else `.sbench` of the project. */
export function homeFolder(
  { home }: { readonly home?: string | undefined },
  { environment, folder }: Pick<CommandContext, 'environment' | 'folder'>,
): string {
  return home === undefined ? stackSettings(environment).home : resolve(folder, home)
}
