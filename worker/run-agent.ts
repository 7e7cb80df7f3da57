import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, messageOf } from '../core/failure.ts'
import type { Agent, AgentEnd, AgentRun, NewEvent } from './agents/agent.ts'
import type { Recorder } from './trajectory/recorder.ts'

/** An agent that does not stop when its time is over is left behind after this. */
const GRACE_MS = 15_000

export interface AgentClock {
  readonly cancelled: AbortSignal
  /** Milliseconds that are not the agent's: they are added to its time as they come. */
  readonly extraMs: () => number
  /** Aborted when nothing the agent does can matter any more. */
  readonly over: AbortSignal
  /** Aborted when it took more of something than it may; the reason says what. */
  readonly exceeded: AbortSignal
}

export interface AgentWorked extends AgentEnd {
  /** Milliseconds in which its tools were at work, as far as it told. */
  readonly toolMs: number
}

/**
 * Lets an agent work until it stops or its time is over, and records what it does. A timeout is the
 * agent's own; what it throws as a Failure is the infrastructure's; any other throw is its crash.
 */
export async function runAgent(
  agent: Agent,
  run: Omit<AgentRun, 'signal'>,
  { recorder, clock }: { readonly recorder: Recorder; readonly clock: AgentClock },
): Promise<AgentWorked> {
  const { cancelled, over, exceeded } = clock
  using timeUp = timer(run.timeoutMs, clock.extraMs)
  const signal = AbortSignal.any([timeUp.signal, cancelled, over, exceeded])
  const late = lateness(signal)
  const toolTime = { ms: 0 }
  const record = (event: NewEvent) => {
    const { durationMs } = event.meta ?? {}
    if (event.kind === 'tool-result' && typeof durationMs === 'number') toolTime.ms += durationMs
    recorder.record(event)
  }
  const worked = (end: AgentEnd): AgentWorked => ({ ...end, toolMs: toolTime.ms })
  try {
    const end = await Promise.race([consume(agent, { ...run, signal }, record), late.promise])
    cancelled.throwIfAborted()
    return worked(exceeded.aborted ? excess(exceeded) : end)
  } catch (error) {
    cancelled.throwIfAborted()
    if (exceeded.aborted) return worked(excess(exceeded))
    if (timeUp.signal.aborted)
      return worked({ outcome: 'agent-timeout', detail: 'its time was over' })
    if (error instanceof Failure) throw error
    const detail = (error instanceof Error ? error.message : String(error)).slice(0, 500)
    recorder.record({ kind: 'error', body: detail })
    return worked({ outcome: 'agent-error', detail })
  } finally {
    late.stop()
  }
}

const excess = ({ reason }: AbortSignal): AgentEnd => ({
  outcome: 'agent-error',
  detail: messageOf(reason),
})

async function consume(
  agent: Agent,
  run: AgentRun,
  record: (event: NewEvent) => void,
): Promise<AgentEnd> {
  const events = agent.run(run)
  for (;;) {
    const next = await events.next()
    if (next.done === true) return next.value
    record(next.value)
  }
}

/** Aborts after the time and whatever was added to it meanwhile. */
function timer(timeoutMs: number, extraMs: () => number): Disposable & { signal: AbortSignal } {
  const startedAt = performance.now()
  const ending = new AbortController()
  let timeout: NodeJS.Timeout
  const look = () => {
    const leftMs = startedAt + timeoutMs + extraMs() - performance.now()
    if (leftMs <= 0) ending.abort(new DOMException('The time is over.', 'TimeoutError'))
    else timeout = setTimeout(look, Math.min(leftMs, LONGEST_TIMER_MS))
  }
  timeout = setTimeout(look, Math.min(timeoutMs, LONGEST_TIMER_MS))
  return { signal: ending.signal, [Symbol.dispose]: () => clearTimeout(timeout) }
}

/** Node's timers hold 31 bits of milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

function lateness(signal: AbortSignal): { promise: Promise<never>; stop: () => void } {
  const over = new AbortController()
  const promise = new Promise<never>((_, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        sleep(GRACE_MS, undefined, { signal: over.signal }).then(
          () => reject(new Error('the agent did not stop in time')),
          () => undefined,
        )
      },
      { once: true, signal: over.signal },
    )
  })
  promise.catch(() => undefined)
  return { promise, stop: () => over.abort() }
}
