import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Environment } from './run-command.ts'

/** Programs of the system lie there, and a user's PATH often lacks them. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin']

/** The executable that a command name means, or undefined. */
export async function findOnPath(
  command: string,
  environment: Environment,
): Promise<string | undefined> {
  const folders = [...(environment.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS]
  for (const folder of folders.filter((name) => name !== '')) {
    const file = join(folder, command)
    const executable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (executable) return file
  }
  return undefined
}
