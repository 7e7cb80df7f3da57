import { z } from 'zod'
import { messageOf } from '../../core/failure.ts'
import { isTrialId } from '../../core/ids.ts'
import type { Log } from '../../core/log.ts'
import type { NatsConnection } from '../../core/nats.ts'
import { HELD_SUBJECT, type HeldAnswer } from '../../core/trajectory.ts'
import type { Store } from '../store.ts'
import { heldEvents } from './held-events.ts'

const question = z.object({
  attempts: z.array(
    z.object({
      trial: z.string().refine(isTrialId),
      attempt: z.number().int().positive(),
      events: z.number().int().nonnegative(),
    }),
  ),
})

/**
 * Tells workers which finished spools ClickHouse holds whole; one of the sinks answers each
 * question. A question that cannot be answered stays open: the worker keeps its spools and asks again.
 *
 * @returns stops answering.
 */
export function answerHeld(nats: NatsConnection, { store, log }: { store: Store; log: Log }) {
  const subscription = nats.subscribe(HELD_SUBJECT, { queue: 'sink' })
  const answering = (async () => {
    for await (const message of subscription) {
      try {
        const { attempts } = question.parse(message.json())
        const held = await heldEvents(store, attempts)
        const answer: HeldAnswer = { held: held.map(({ whole }) => whole) }
        message.respond(JSON.stringify(answer))
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'a question about spools stays without an answer')
      }
    }
  })()
  return async (): Promise<void> => {
    await subscription.drain()
    await answering
  }
}
