import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, messageOf } from '../core/failure.ts'
import type { Agent, AgentEnd, AgentRun } from './agents/agent.ts'
import type { Recorder } from './trajectory/recorder.ts'

/** An agent that does not stop when its time is over is left behind after this. */
const GRACE_MS = 15_000

/** What ends an agent's work before it stops by itself, beside its time. */
interface AgentCuts {
  readonly cancelled: AbortSignal
  /** It took more of something than it may; the reason says what. */
  readonly exceeded: AbortSignal
}

const excess = ({ reason }: AbortSignal): AgentEnd => ({
  outcome: 'agent-error',
  detail: messageOf(reason),
})

/**
 * Lets an agent work until it stops or its time is over, and records what it does. A timeout is the
 * agent's own; what it throws as a Failure is the infrastructure's; any other throw is its crash.
 */
export async function runAgent(
  agent: Agent,
  run: Omit<AgentRun, 'signal'> & AgentCuts,
  recorder: Recorder,
): Promise<AgentEnd> {
  const timeUp = AbortSignal.timeout(run.timeoutMs)
  const signal = AbortSignal.any([timeUp, run.cancelled, run.exceeded])
  const late = lateness(signal)
  try {
    const end = await Promise.race([consume(agent, { ...run, signal }, recorder), late.promise])
    run.cancelled.throwIfAborted()
    return run.exceeded.aborted ? excess(run.exceeded) : end
  } catch (error) {
    run.cancelled.throwIfAborted()
    if (run.exceeded.aborted) return excess(run.exceeded)
    if (timeUp.aborted) return { outcome: 'agent-timeout', detail: 'its time was over' }
    if (error instanceof Failure) throw error
    const detail = (error instanceof Error ? error.message : String(error)).slice(0, 500)
    recorder.record({ kind: 'error', body: detail })
    return { outcome: 'agent-error', detail }
  } finally {
    late.stop()
  }
}

async function consume(agent: Agent, run: AgentRun, recorder: Recorder): Promise<AgentEnd> {
  const events = agent.run(run)
  for (;;) {
    const next = await events.next()
    if (next.done === true) return next.value
    recorder.record(next.value)
  }
}

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
