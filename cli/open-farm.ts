import { readAddresses } from '../deploy/local/stack.ts'
import type { CommandContext } from './command-context.ts'
import { Connections } from './connections.ts'
import { homeFolder } from './home-folder.ts'

/**
 * The running stack of the state folder that a command means.
 *
 * @throws Failure `stack.not-running`, which says `sbench up`.
 */
export async function openFarm(
  flags: { readonly home?: string | undefined },
  context: Pick<CommandContext, 'environment' | 'folder'>,
): Promise<Connections> {
  const addresses = await readAddresses(homeFolder(flags, context))
  return new Connections(addresses, passwordsFrom(context))
}

/** The names under which the stack's processes know them too. */
function passwordsFrom({ environment }: Pick<CommandContext, 'environment'>) {
  return {
    writer: environment.SBENCH_CLICKHOUSE_PASSWORD,
    reader: environment.SBENCH_CLICKHOUSE_READER_PASSWORD,
  }
}
