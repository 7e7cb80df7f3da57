import type { AgentEnd, NewEvent } from '../agent.ts'

export type Emit = (...events: readonly NewEvent[]) => void

/**
 * Events of work that does several things at once, in the order in which they were emitted, and its
 * end. What it throws comes after the events before it. Whoever stops listening stops the work.
 */
export async function* eventStream(
  work: (emit: Emit, abandoned: AbortSignal) => Promise<AgentEnd>,
): AsyncGenerator<NewEvent, AgentEnd> {
  const abandoned = new AbortController()
  const waiting: NewEvent[] = []
  let wake = () => {}
  let done = false
  const end = work((...events) => {
    waiting.push(...events)
    wake()
  }, abandoned.signal).finally(() => {
    done = true
    wake()
  })
  end.catch(() => undefined)
  try {
    for (;;) {
      const event = waiting.shift()
      if (event !== undefined) yield event
      else if (done) return await end
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    abandoned.abort()
  }
}
