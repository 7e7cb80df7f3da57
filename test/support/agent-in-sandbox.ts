import type { Contestant, ContestantParameters } from '../../coordinator/contract/sweep.ts'
import { bareContestant } from '../../coordinator/contract/sweep.ts'
import { digestOf, newSweepId, trialIdOf } from '../../core/ids.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Task } from '../../tasks/task.ts'
import type {
  Agent,
  AgentEnd,
  AgentRun,
  Checkpoint,
  McpEndpoint,
  NewEvent,
} from '../../worker/agents/agent.ts'
import type { AccessEnd, TrialAccess } from '../../worker/gateway/trial-access.ts'
import { taskRef } from './task-ref.ts'

export const GATEWAY_PORT = 4100
export const TEST_KEY = 'sbench-test-key'

export interface AgentRunOptions {
  readonly agent: string
  readonly sandbox: Sandbox
  readonly instruction?: string
  readonly parameters?: ContestantParameters
  readonly workdir?: string
  readonly user?: string
  readonly signal?: AbortSignal
  readonly checkpoint?: MemoryCheckpoint
  readonly mcp?: readonly McpEndpoint[]
  readonly access?: TrialAccess | null
}

/** A checkpoint that a later run of the same test can be given. */
export class MemoryCheckpoint implements Checkpoint {
  readonly #saved: string[] = []

  async load(): Promise<unknown> {
    return (await this.entries()).at(-1) ?? null
  }

  async entries(): Promise<readonly unknown[]> {
    return this.#saved.map((text) => JSON.parse(text))
  }

  async save(state: unknown): Promise<void> {
    this.#saved.push(JSON.stringify(state))
  }
}

/** What a worker would give an agent whose gateway answers at {@link GATEWAY_PORT}. */
export function agentRun(options: AgentRunOptions): AgentRun {
  const { agent, sandbox, parameters = {}, workdir = '/srv', user, mcp = [] } = options
  const contestant: Contestant = {
    ...bareContestant(agent),
    model: 'scripted/engineer',
    parameters,
  }
  const task = {
    name: 'task',
    instruction: options.instruction ?? 'Make the file.',
    environment: { env: {}, workdir },
    agent: { timeoutMs: null, networkMode: 'no-network', ...(user === undefined ? {} : { user }) },
  } as unknown as Task
  const sweep = newSweepId()
  return {
    trial: {
      sweep,
      trial: trialIdOf(sweep, agent, 'task', 1),
      index: 0,
      contestant,
      seed: 1,
      task: { ...taskRef('task', digestOf('task')), agentTimeoutMs: 120_000 },
    },
    task,
    sandbox,
    timeoutMs: 120_000,
    signal: options.signal ?? new AbortController().signal,
    access: options.access === undefined ? openAccess() : options.access,
    gatewayUrl: `http://127.0.0.1:${GATEWAY_PORT}`,
    mcp,
    checkpoint: options.checkpoint ?? new MemoryCheckpoint(),
  }
}

/** An access that ends when its test says so. */
export function openAccess(): TrialAccess & { finish(end: AccessEnd): void } {
  const over = new AbortController()
  let ended: AccessEnd | null = null
  return {
    key: TEST_KEY,
    model: 'engineer',
    dialects: [],
    url: `http://127.0.0.1:${GATEWAY_PORT}`,
    spend() {
      throw new Error('no test asks for it')
    },
    get ended() {
      return ended
    },
    signal: over.signal,
    finish(end) {
      ended = end
      over.abort()
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** Runs an agent to its end. */
export async function runToEnd(
  agent: Agent,
  run: AgentRun,
): Promise<{ events: NewEvent[]; end: AgentEnd }> {
  const events: NewEvent[] = []
  const running = agent.run(run)
  for (;;) {
    const next = await running.next()
    if (next.done === true) return { events, end: next.value }
    events.push(next.value)
  }
}
