import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { Failure } from '../../core/failure.ts'
import { EVENT_KINDS } from '../../core/trajectory.ts'
import type { Agent, AgentEnd, AgentRun, NewEvent } from '../../worker/agents/agent.ts'

export interface AgentSituation extends AsyncDisposable {
  readonly run: AgentRun
}

/** An agent, and the situations that the contract puts it into. */
export interface AgentUnderTest {
  readonly name: string
  readonly agent: Agent
  /** It has something to do and comes to its end. */
  readonly ending: () => Promise<AgentSituation>
  /** It would go on for longer than any test; null for an agent that never does. */
  readonly endless: (() => Promise<AgentSituation>) | null
  /** It is about to use a sandbox that is gone; null for an agent that uses none. */
  readonly lost: (() => Promise<AgentSituation>) | null
}

/** What an agent may take to stop once its signal is aborted; the worker leaves it after 15 s. */
const STOP_MS = 10_000
const OUTCOMES = ['scored', 'agent-timeout', 'agent-error', 'budget']

/** What everything behind an agent relies on: one suite for every `Agent`. */
export function agentContract({ name, agent, ending, endless, lost }: AgentUnderTest): void {
  test(`${name} stops by itself and says how`, async () => {
    await using situation = await ending()
    const { end } = await play(agent, situation.run)
    expect(OUTCOMES).toContain(end.outcome)
    expect(end.detail.length).toBeLessThanOrEqual(500)
  })

  test(`${name} records what it does in order, as plain events`, async () => {
    await using situation = await ending()
    const { events } = await play(agent, situation.run)
    const turns = events.flatMap(({ turn }) => (turn === undefined ? [] : [turn]))
    expect(turns).toEqual(turns.toSorted((left, right) => left - right))
    for (const event of events) {
      expect(EVENT_KINDS).toContain(event.kind)
      expect(['phase', 'model-call', 'model-part']).not.toContain(event.kind)
      expect(JSON.parse(JSON.stringify(event))).toEqual(event)
      for (const value of Object.values(event.meta ?? {})) {
        expect(['string', 'number', 'boolean']).toContain(typeof value)
      }
    }
    expect(unanswered(events)).toEqual([])
  })

  test(`${name} has the same files for the same trial`, async () => {
    await using situation = await ending()
    const files = async () => {
      const tar = await agent.files(situation.run)
      return tar === null ? null : buffer(tar)
    }
    expect(await files()).toEqual(await files())
  })

  test(`${name} stops soon when it may not begin at all`, async () => {
    await using situation = await ending()
    const run = { ...situation.run, signal: AbortSignal.abort() }
    expect(await stopping(agent, run, Promise.resolve())).toBeLessThan(STOP_MS)
  })

  if (endless !== null) {
    test(`${name} stops soon when its time is over`, async () => {
      await using situation = await endless()
      const abort = new AbortController()
      const atWork = Promise.withResolvers<void>()
      const run = { ...situation.run, signal: abort.signal }
      const stopped = stopping(agent, run, atWork.promise, (event) => {
        if (event.kind !== 'tool-call') return
        atWork.resolve()
        abort.abort()
      })
      expect(await stopped).toBeLessThan(STOP_MS)
    })
  }

  if (lost !== null) {
    test(`${name} throws a Failure when it is not its own fault`, async () => {
      await using situation = await lost()
      const error = await play(agent, situation.run).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(Failure)
      expect((error as Failure).retry).toBe(true)
    })
  }
}

async function play(
  agent: Agent,
  run: AgentRun,
  onEvent: (event: NewEvent) => void = () => {},
): Promise<{ readonly events: NewEvent[]; readonly end: AgentEnd }> {
  const events: NewEvent[] = []
  const steps = agent.run(run)
  for (;;) {
    const next = await steps.next()
    if (next.done === true) return { events, end: next.value }
    events.push(next.value)
    onEvent(next.value)
  }
}

/** Milliseconds from `since` to the agent's stop, however it stops. */
async function stopping(
  agent: Agent,
  run: AgentRun,
  since: Promise<void>,
  onEvent?: (event: NewEvent) => void,
): Promise<number> {
  let from = performance.now()
  void since.then(() => {
    from = performance.now()
  })
  await play(agent, run, onEvent).catch((error: unknown) => {
    if (!run.signal.aborted) throw error
  })
  return performance.now() - from
}

/** Results without a call before them, and calls that never had a result. */
function unanswered(events: readonly NewEvent[]): string[] {
  const open: string[] = []
  const stray: string[] = []
  for (const { kind, turn = 0, tool = '', meta } of events) {
    const use = `${turn} ${tool} ${meta?.call ?? ''}`
    if (kind === 'tool-call') open.push(use)
    if (kind !== 'tool-result') continue
    const at = open.indexOf(use)
    if (at === -1) stray.push(use)
    else open.splice(at, 1)
  }
  return [...open, ...stray]
}
