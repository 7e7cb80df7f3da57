import type { Client } from '@temporalio/client'
import { applicationFailure, whatCameFirst } from '../coordinator/contract/failure-interceptor.ts'
import { Failure, messageOf } from '../core/failure.ts'
import type { Log } from '../core/log.ts'
import type { Journal, JournalEntry } from './journal.ts'
import { untilAnswered } from './until-answered.ts'

/** What an attempt has cost by its end is worth a server's longer absence. */
const PATIENCE_MS = 15 * 60_000

export interface AnswersOptions {
  readonly client: Pick<Client, 'activity'>
  readonly journal: Journal
  readonly log: Log
  readonly patienceMs?: number
}

/**
 * Tells the Temporal server how long activities ended, by asynchronous completion. Temporal's own
 * worker gives an answer up after ten seconds of a server that is away, and with it the attempt; here
 * it is given until the server has it, by the next process of the node if this one dies meanwhile.
 *
 * @see https://docs.temporal.io/activity-execution#asynchronous-activity-completion
 */
export class Answers {
  readonly #options: AnswersOptions

  constructor(options: AnswersOptions) {
    this.#options = options
  }

  /**
   * @returns false when nobody waits for the answer.
   * @throws what the client throws when the server stays away for longer than the patience.
   */
  async complete(entry: JournalEntry, value: unknown): Promise<boolean> {
    const { client, journal } = this.#options
    await journal.begin({ ...entry, answer: value })
    return this.#say(entry, (token) => client.activity.complete(token, value))
  }

  /** @throws as {@link complete} does. */
  async fail(entry: JournalEntry, thrown: unknown): Promise<boolean> {
    const { client, log } = this.#options
    const { trial, attempt, activity } = entry
    const error = whatCameFirst(thrown)
    log.warn({ trial, attempt, activity, err: error }, 'an activity failed')
    const failure = error instanceof Failure ? applicationFailure(error) : error
    return this.#say(entry, (token) => client.activity.fail(token, failure))
  }

  /** Gives the answers that an earlier process had ready when it ended. */
  async deliver(entries: readonly JournalEntry[]): Promise<void> {
    const { journal, log } = this.#options
    for (const entry of entries) {
      const { trial, attempt, activity } = entry
      try {
        await this.complete(entry, entry.answer)
        log.warn({ trial, attempt, activity }, 'gave the answer that an earlier process had ready')
      } catch (error) {
        log.warn({ trial, attempt, activity, reason: messageOf(error) }, 'an answer was given up')
      }
      await journal.end(entry)
    }
  }

  async #say(entry: JournalEntry, call: (token: Uint8Array) => Promise<void>): Promise<boolean> {
    const { log, patienceMs = PATIENCE_MS } = this.#options
    const token = Buffer.from(entry.taskToken, 'base64')
    const taken = await untilAnswered(() => call(token), patienceMs)
    const { trial, attempt, activity } = entry
    if (!taken) log.info({ trial, attempt, activity }, 'nobody waits for this answer')
    return taken
  }
}
