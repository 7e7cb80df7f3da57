import { setTimeout as delay } from 'node:timers/promises'
import type Docker from 'dockerode'
import { z } from 'zod'
import { LABELS } from './labels.ts'

const eventSchema = z.object({ id: z.string(), timeNano: z.number() })
const RECONNECT_MS = 1_000

/**
 * Hears of processes that the kernel killed for want of memory in our sandboxes. Docker tells of a
 * killed command by an event alone: its container runs on and does not count as OOM-killed. Needed
 * where the daemon's cgroup files cannot be read.
 */
export class OomEvents implements AsyncDisposable {
  readonly #docker: Docker
  readonly #counts = new Map<string, number>()
  readonly #closing = new AbortController()
  #running: Promise<void> = Promise.resolve()

  private constructor(docker: Docker) {
    this.#docker = docker
  }

  static listen(docker: Docker): OomEvents {
    const events = new OomEvents(docker)
    events.#running = events.#run()
    return events
  }

  count(container: string): number {
    return this.#counts.get(container) ?? 0
  }

  forget(container: string): void {
    this.#counts.delete(container)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#running
  }

  /** Listens until closed; after a broken connection from where it broke, so none is missed. */
  async #run(): Promise<void> {
    const { signal } = this.#closing
    let since = Math.floor(Date.now() / 1_000)
    let last = 0
    while (!signal.aborted) {
      try {
        const filters = { event: ['oom'], label: [`${LABELS.kind}=sandbox`] }
        const stream = await this.#docker.getEvents({ since, filters, abortSignal: signal })
        let text = ''
        for await (const chunk of stream) {
          const lines = `${text}${chunk}`.split('\n')
          text = lines.pop() ?? ''
          for (const line of lines) last = this.#take(line, last)
        }
      } catch {
        // The daemon is away or this is closing: whoever uses a sandbox meanwhile hears of it.
      }
      if (last > 0) since = Math.floor(last / 1e9)
      await delay(RECONNECT_MS, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  /** @returns the time of the newest event seen; those of the same second come a second time. */
  #take(line: string, last: number): number {
    const { id, timeNano } = eventSchema.parse(JSON.parse(line))
    if (timeNano <= last) return last
    this.#counts.set(id, this.count(id) + 1)
    return timeNano
  }
}
