import { Failure } from '../../core/failure.ts'
import type { Addresses } from './addresses.ts'
import { askStatus, askStop } from './control.ts'
import { assertReadable, type Home, homeLayout, readJson } from './home.ts'
import { endProcess, isRunning, readRecord, runningRecords, untilEnded } from './process-record.ts'
import type { Say } from './run-command.ts'
import type { PartStatus } from './stack-status.ts'
import { planFile } from './start-supervisor.ts'
import { planSchema } from './supervisor.ts'

/** The waves' graces and a little more, in milliseconds. */
export const STOP_WAIT_MS = 6_000

/**
 * Ends the stack of a state folder and whatever a killed supervisor left. Data stays.
 *
 * @returns whether anything ran. Takes less than five seconds.
 * @throws Failure `stack.folder-newer`.
 */
export async function down(path: string): Promise<boolean> {
  const home = homeLayout(path)
  await assertReadable(home)
  const supervisor = await readRecord(home, 'supervisor')
  const ran = (await runningRecords(home)).size > 0
  if (supervisor !== undefined && isRunning(supervisor)) {
    const asked = await askStop(home)
    const ended = asked && (await untilEnded(supervisor, STOP_WAIT_MS))
    if (!ended) await endProcess(supervisor, STOP_WAIT_MS)
  }
  await endLeftovers(home, () => undefined)
  return ran
}

export interface StackStatus {
  readonly home: string
  readonly running: boolean
  /** The live supervisor. */
  readonly supervisor?: { readonly pid: number; readonly since: string }
  readonly parts: readonly PartStatus[]
  /** Names of processes that a killed supervisor left; the next `up` or `down` ends them. */
  readonly leftovers: readonly string[]
}

/** What runs in a state folder, also when nothing does. */
export async function stackStatus(path: string): Promise<StackStatus> {
  const home = homeLayout(path)
  await assertReadable(home)
  const status = await askStatus(home)
  if (status !== undefined) {
    const { pid, since, parts } = status
    return {
      home: home.folder,
      running: true,
      supervisor: { pid, since },
      parts,
      leftovers: [],
    }
  }
  const leftovers = [...(await runningRecords(home)).keys()]
  return { home: home.folder, running: false, parts: [], leftovers }
}

/** @throws Failure `stack.not-running`. */
export async function readAddresses(path: string): Promise<Addresses> {
  const home = homeLayout(path)
  await assertReadable(home)
  const supervisor = await readRecord(home, 'supervisor')
  const plan = await readJson(planFile(home), planSchema)
  if (supervisor === undefined || !isRunning(supervisor) || plan === undefined) {
    throw new Failure('stack.not-running', `No stack runs in ${home.folder}. Start it: sbench up`, {
      facts: { folder: home.folder },
    })
  }
  return plan.addresses
}

/** Ends, by their records, the processes of a folder whose supervisor is gone. */
export async function endLeftovers(home: Home, say: Say): Promise<void> {
  const leftovers = await runningRecords(home)
  if (leftovers.size === 0) return
  say(`ending what a killed supervisor left: ${[...leftovers.keys()].join(', ')}`)
  await Promise.all([...leftovers.values()].map((record) => endProcess(record, 3_000)))
}
