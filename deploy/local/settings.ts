import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Environment } from './run-command.ts'

/** Where the local stack keeps things. */
export interface StackSettings {
  /** One stack's state: `SBENCH_HOME`, else `.sbench` in the project's folder. */
  readonly home: string
  /** Fetched and built things shared by all stacks of a user: `SBENCH_CACHE`, else `~/.cache/sbench`. */
  readonly cache: string
}

export const projectRoot = resolve(import.meta.dirname, '../..')

export function stackSettings(environment: Environment): StackSettings {
  const { SBENCH_HOME, SBENCH_CACHE, XDG_CACHE_HOME } = environment
  return {
    home: resolve(SBENCH_HOME || join(projectRoot, '.sbench')),
    cache: resolve(SBENCH_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'sbench')),
  }
}
