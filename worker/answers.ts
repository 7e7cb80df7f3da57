import { ActivityNotFoundError, type Client } from '@temporalio/client'
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

  /** @throws what the client throws when the server stays away for longer than the patience. */
  async complete(entry: JournalEntry, value: unknown): Promise<void> {
    const { client, journal } = this.#options
    await journal.begin({ ...entry, answer: value })
    await this.#say(entry, (token) => client.activity.complete(token, value))
  }

  /** @throws as {@link complete} does. */
  async fail(entry: JournalEntry, thrown: unknown): Promise<void> {
    const { client, log } = this.#options
    const { trial, attempt, activity } = entry
    const error = whatCameFirst(thrown)
    log.warn({ trial, attempt, activity, err: error }, 'an activity failed')
    const failure = error instanceof Failure ? applicationFailure(error) : error
    await this.#say(entry, (token) => client.activity.fail(token, failure))
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

  /** A server that knows the activity no more has moved on: nobody waits for this answer. */
  async #say(entry: JournalEntry, call: (token: Uint8Array) => Promise<void>): Promise<void> {
    const { log, patienceMs = PATIENCE_MS } = this.#options
    const token = Buffer.from(entry.taskToken, 'base64')
    try {
      await untilAnswered(() => call(token), patienceMs)
    } catch (error) {
      if (!(error instanceof ActivityNotFoundError)) throw error
      const { trial, attempt, activity } = entry
      log.info({ trial, attempt, activity }, 'answered for already')
    }
  }
}
