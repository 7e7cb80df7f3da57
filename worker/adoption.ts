import type { Client } from '@temporalio/client'
import { messageOf } from '../core/failure.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { RESOURCE_CLASSES, resourceClassNamed } from '../tasks/resource-class.ts'
import { carryOn } from './carry-on.ts'
import type { JournalEntry } from './journal.ts'
import type { Node } from './node.ts'
import { parseResumeNote, type ResumedRun, type ResumeNote } from './resumed-run.ts'
import { agentSandbox, resumeTrial } from './run-trial.ts'
import type { ReopenedSpool, Spool } from './trajectory/spool.ts'

/** An attempt that can be gone on with if its sandbox still runs. */
export interface Adoptee {
  readonly entry: JournalEntry
  readonly run: Omit<ResumedRun, 'sandbox'>
}

/**
 * Which of the attempts that an earlier process dropped can be gone on with. Their spools are taken
 * at once, before anything else looks at them; what cannot is handed back.
 */
export async function findAdoptees(
  entries: readonly JournalEntry[],
  spool: Spool,
): Promise<Adoptee[]> {
  const found: Adoptee[] = []
  for (const entry of entries) {
    const note = parseResumeNote(entry.resume)
    if (note === null) continue
    const { trial, attempt } = note.input
    const reopened = await spool.reopen(trial.trial, attempt)
    if (reopened !== null) found.push({ entry, run: { note, spool: reopened } })
  }
  return found
}

/** The attempts of an earlier process that this one goes on with. */
export class Adoption implements AsyncDisposable {
  readonly #node: Node
  readonly #client: Client
  readonly #draining = new AbortController()
  readonly #taken: { readonly entry: JournalEntry; readonly run: ResumedRun }[] = []
  #running: readonly Promise<void>[] = []

  constructor(node: Node, client: Client) {
    this.#node = node
    this.#client = client
  }

  /**
   * Takes over the sandboxes that still run, before the fleet hears of this process and before the
   * reaper looks.
   *
   * @returns the entries of those that do not.
   */
  async take(adoptees: readonly Adoptee[]): Promise<JournalEntry[]> {
    const { presence, log } = this.#node
    const left: JournalEntry[] = []
    for (const { entry, run } of adoptees) {
      const { trial, attempt } = run.note.input
      const sandbox = await this.#sandboxOf(run.note)
      if (sandbox === null) {
        await letGo(run.spool)
        left.push(entry)
        continue
      }
      presence.enter(trial, attempt, 'agent')
      log.warn({ trial: trial.trial, attempt }, 'goes on with what an earlier process dropped')
      this.#taken.push({ entry, run: { ...run, sandbox } })
    }
    return left
  }

  /** Lets their agents work on; returns at once. */
  start(): void {
    this.#running = this.#taken.map(({ entry, run }) => this.#goOn(entry, run))
  }

  async #sandboxOf({ input }: ResumeNote): Promise<Sandbox | null> {
    try {
      return await this.#node.host.adopt(await agentSandbox(this.#node, input))
    } catch (error) {
      const { trial, attempt } = input
      const reason = messageOf(error)
      this.#node.log.warn({ trial: trial.trial, attempt, reason }, 'could not be adopted')
      return null
    }
  }

  async #goOn(entry: JournalEntry, run: ResumedRun): Promise<void> {
    const node = this.#node
    const { trial, attempt } = run.note.input
    const room = RESOURCE_CLASSES[resourceClassNamed(trial.task.resourceClass)]
    const hold = await node.capacity.acquire(room)
    try {
      const draining = this.#draining.signal
      await carryOn({ node, client: this.#client, entry, draining }, (activity) =>
        resumeTrial(node, run, activity),
      )
    } finally {
      hold.release()
      node.presence.leave(trial, attempt)
    }
  }

  /** Hands back what still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#draining.abort(new Error('the worker drains'))
    await Promise.allSettled(this.#running)
  }
}

/** Nobody writes it further: what is in it is all there will be. */
async function letGo({ spooled, file }: ReopenedSpool): Promise<void> {
  await file[Symbol.asyncDispose]()
  spooled.events = file.events
}
