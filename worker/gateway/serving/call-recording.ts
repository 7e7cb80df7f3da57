import type { EncodedRequest } from '../../../core/model-recording.ts'
import type { CallOrigin, EndedCall } from './call-record.ts'
import type { Room } from './room.ts'

/** Longer requests are written at once: what waits in memory for the call's end is short. */
const LONG_BYTES = 64 * 1024

/**
 * One call on its way into the trajectory: its request as soon as it cannot be needed for another
 * try, so that a long prompt is not held while its answer comes; all else when it has ended.
 */
export class CallRecording {
  readonly #origin: CallOrigin
  readonly #room: Room
  #request: Promise<EncodedRequest> | null = null

  /** @param room bytes of requests that may be put on record at once. */
  constructor(origin: CallOrigin, room: Room) {
    this.#origin = origin
    this.#room = room
  }

  /** The agent has a part of the answer: nobody is asked again. */
  answerBegan(): void {
    this.#request ??= this.#recordRequest()
    // Whoever ends the call hears of it.
    this.#request.catch(() => undefined)
  }

  /**
   * Resolves when the call is on record, so that the agent may see the end of its answer. One refusal
   * too many adds nothing to the record.
   */
  async end(call: EndedCall): Promise<void> {
    const { access } = this.#origin
    if (call.end === 'refused' && !access.recordsRefusal()) return
    this.#request ??= this.#recordRequest()
    await access.record(call, await this.#request)
  }

  async #recordRequest(): Promise<EncodedRequest> {
    const { access, body, redactor } = this.#origin
    const leave = await this.#room.enter(body.bytes)
    try {
      const request = access.recordRequest(redactor.text(body.text()))
      body.release()
      if (body.bytes > LONG_BYTES) await access.flush()
      return request
    } finally {
      leave?.()
    }
  }
}
