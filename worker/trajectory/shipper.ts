import { jetstream } from '@nats-io/jetstream'
import { headers, type NatsConnection } from '@nats-io/transport-node'
import { z } from 'zod'
import { messageOf } from '../../core/failure.ts'
import type { Log } from '../../core/log.ts'
import type { Counter } from '../../core/metrics.ts'
import {
  CHUNK_HEADER_NAME,
  type Chunk,
  chunkMessageId,
  HELD_SUBJECT,
  type HeldAnswer,
  type HeldQuestion,
  trajectorySubject,
} from '../../core/trajectory.ts'
import type { Spool, SpooledAttempt } from './spool.ts'

const PUBLISH_TIMEOUT_MS = 5_000
/** Publishes under way at once. */
const WINDOW = 64
const MOST_WAITING = 500
const LOOK_INTERVAL_MS = 2_000
/** A finished spool that ClickHouse does not hold by then is published again. */
const REPUBLISH_AFTER_MS = 60_000
const ASK_AT_ONCE = 500

export interface ShipperOptions {
  readonly nats: NatsConnection
  readonly node: string
  readonly spool: Spool
  readonly log: Log
  readonly published: Counter
}

/**
 * Takes chunks from the spool to JetStream, again and again until they are there, and removes a
 * spool only once ClickHouse says that it holds all of it. A publish that was acknowledged proves
 * nothing: the stream is a transport, not the record.
 */
export class Shipper implements AsyncDisposable {
  readonly #options: ShipperOptions
  readonly #waiting: Chunk[] = []
  readonly #shippedAt = new Map<SpooledAttempt, number>()
  readonly #timer: NodeJS.Timeout
  #underWay = 0
  #pauseUntil = 0
  #looking = false
  #closed = false

  constructor(options: ShipperOptions) {
    this.#options = options
    this.#timer = setInterval(() => void this.#look(), LOOK_INTERVAL_MS)
  }

  /**
   * Sends a chunk that is spooled. Returns at once. While NATS is away only so many wait in memory;
   * the others are read from their spool again when it turns out that nobody holds them.
   */
  ship(chunk: Chunk): void {
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(chunk)
    this.#pump()
  }

  /** Chunks that are not acknowledged yet. */
  get backlog(): number {
    return this.#waiting.length + this.#underWay
  }

  #pump(): void {
    while (!this.#closed && this.#underWay < WINDOW && Date.now() >= this.#pauseUntil) {
      const chunk = this.#waiting.shift()
      if (chunk === undefined) return
      this.#underWay += 1
      void this.#publish(chunk)
    }
  }

  async #publish(chunk: Chunk): Promise<void> {
    const { nats, node, published, log } = this.#options
    const marks = headers()
    marks.set(CHUNK_HEADER_NAME, JSON.stringify(chunk.header))
    try {
      await jetstream(nats).publish(trajectorySubject(node, chunk.header), chunk.body, {
        msgID: chunkMessageId(chunk.header),
        headers: marks,
        timeout: PUBLISH_TIMEOUT_MS,
        retries: 0,
      })
      published.inc()
    } catch (error) {
      log.warn({ trial: chunk.header.trial, reason: messageOf(error) }, 'a chunk waits for NATS')
      this.#waiting.unshift(chunk)
      this.#pauseUntil = Date.now() + 500
      if (!this.#closed) setTimeout(() => this.#pump(), 510).unref()
    } finally {
      this.#underWay -= 1
      this.#pump()
    }
  }

  /** Asks which finished spools are held, removes those, and sends again what takes too long. */
  async #look(): Promise<void> {
    if (this.#looking || this.#closed) return
    this.#looking = true
    try {
      const { spool } = this.#options
      const finished = [...spool.attempts.values()].filter(isFinished)
      for (let from = 0; from < finished.length; from += ASK_AT_ONCE) {
        await this.#settle(finished.slice(from, from + ASK_AT_ONCE))
      }
    } catch (error) {
      this.#options.log.debug({ reason: messageOf(error) }, 'no sink answers yet')
    } finally {
      this.#looking = false
    }
  }

  async #settle(attempts: readonly FinishedAttempt[]): Promise<void> {
    const { spool, log } = this.#options
    const held = await this.#ask(attempts)
    for (const [index, attempt] of attempts.entries()) {
      if (held[index] === true) {
        this.#shippedAt.delete(attempt)
        await spool.remove(attempt)
        continue
      }
      const since = this.#shippedAt.get(attempt)
      if (since !== undefined && Date.now() - since < REPUBLISH_AFTER_MS) continue
      this.#shippedAt.set(attempt, Date.now())
      if (since === undefined && attempt.isOwn) continue
      log.info({ trial: attempt.trial, attempt: attempt.attempt }, 'publishing a spool again')
      for (const chunk of await spool.chunks(attempt)) this.ship(chunk)
    }
  }

  async #ask(attempts: readonly FinishedAttempt[]): Promise<readonly boolean[]> {
    const question: HeldQuestion = {
      attempts: attempts.map(({ trial, attempt, events }) => ({ trial, attempt, events })),
    }
    const reply = await this.#options.nats.request(HELD_SUBJECT, JSON.stringify(question), {
      timeout: PUBLISH_TIMEOUT_MS,
    })
    const answer: HeldAnswer = answerSchema.parse(reply.json())
    return answer.held
  }

  /** Gives what is under way a moment; the rest stays in the spool for the next process. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    const deadline = Date.now() + 2_000
    while (this.backlog > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    this.#closed = true
  }
}

type FinishedAttempt = SpooledAttempt & { events: number }
const isFinished = (attempt: SpooledAttempt): attempt is FinishedAttempt => attempt.events !== null

const answerSchema = z.object({ held: z.array(z.boolean()) })
