import type { AttemptUsage, RunTrialInput } from '../coordinator/contract/activities.ts'
import { Failure } from '../core/failure.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { watchStorage } from '../sandbox/storage-watch.ts'
import type { Task } from '../tasks/task.ts'
import type { Agent } from './agents/agent.ts'
import type { Spend, TrialAccess } from './gateway/trial-access.ts'
import type { TrialMcp } from './mcp/trial-mcp.ts'
import type { Node } from './node.ts'
import { type AgentWorked, runAgent } from './run-agent.ts'
import { GATEWAY_INSIDE } from './sandbox-options.ts'
import type { Recorder } from './trajectory/recorder.ts'

/** An agent that was told that its budget is gone gets so long to end by itself. */
const BUDGET_GRACE_MS = 30_000
/** Waiting for providers gives an agent no more time than this: its activity has an end too. */
const MOST_EXTRA_MS = 15 * 60_000

export interface AgentPlace {
  readonly input: RunTrialInput
  readonly agent: Agent
  readonly task: Task
  readonly sandbox: Sandbox
  readonly recorder: Recorder
  readonly timeoutMs: number
  readonly cancelled: AbortSignal
  /** What the attempt had spent before this process took it over. */
  readonly spent: Spend
  /** The task's MCP servers of an earlier process. */
  readonly earlierMcp: readonly string[]
  /** Told which commands in the sandbox are MCP servers, once they run. */
  readonly onMcp: (commands: readonly string[]) => Promise<void>
}

export interface AgentWork {
  readonly end: AgentWorked
  readonly usage: AttemptUsage | null
}

/**
 * Lets a trial's agent work, with a way to its model. A model that cannot be had is a fault of the
 * infrastructure; a budget that is gone is the agent's own end.
 */
export async function workAsAgent(node: Node, place: AgentPlace): Promise<AgentWork> {
  const { input, agent, task, sandbox, recorder, timeoutMs, cancelled } = place
  const { trial, attempt } = input
  await using access = await openAccess(node, place)
  await using mcp = await openMcp(node, place, access)
  using over = cutOff(access)
  await using storage = watchStorage(node.host, sandbox.id, { limitMb: task.environment.storageMb })
  const end = await runAgent(
    agent,
    {
      trial,
      task,
      sandbox,
      timeoutMs,
      access,
      gatewayUrl: agent.needs.gatewayInside ? GATEWAY_INSIDE.url : null,
      mcp: mcp?.endpoints ?? [],
      checkpoint: node.checkpoints.of(trial.trial, attempt),
    },
    {
      recorder,
      clock: {
        cancelled,
        over: over.signal,
        exceeded: storage.signal,
        extraMs: () => Math.min(MOST_EXTRA_MS, access?.spend().waitedMs ?? 0),
      },
    },
  ).catch((error: unknown) => {
    throwProviderFault(access)
    throw error
  })
  throwProviderFault(access)
  const usage = access === null ? null : usageOf(access.spend())
  if (access?.ended?.kind !== 'budget') return { end, usage }
  return { end: { ...end, outcome: 'budget', detail: access.ended.message.slice(0, 500) }, usage }
}

async function openAccess(node: Node, place: AgentPlace): Promise<TrialAccess | null> {
  const { input, task, recorder, spent } = place
  const { trial, attempt, models } = input
  if (trial.contestant.model === null) return null
  const { replay } = models
  return node.gateway.open({
    sweep: trial.sweep,
    trial: trial.trial,
    attempt,
    task: trial.task.name,
    seed: trial.seed,
    contestant: trial.contestant,
    limits: models.perTrial,
    sweepBudgetMicros: models.budgetMicros,
    spent,
    recorder,
    taskDir: task.dir,
    recording: replay === null ? null : await node.recordings.of(trial, replay),
  })
}

/** For agents that think; the others have no use for tools. */
async function openMcp(
  node: Node,
  { task, sandbox, recorder, agent, timeoutMs, earlierMcp, onMcp }: AgentPlace,
  access: TrialAccess | null,
): Promise<TrialMcp | null> {
  if (access === null || task.environment.mcpServers.length === 0) return null
  const mcp = await node.mcp.open({
    sandbox,
    task,
    key: access.key,
    url: node.gateway.url,
    insideUrl: agent.needs.gatewayInside ? GATEWAY_INSIDE.url : null,
    recorder,
    callTimeoutMs: timeoutMs,
    replaces: earlierMcp,
  })
  await onMcp(mcp.commandIds)
  return mcp
}

/** Nothing the agent does matters once its model is out of reach; of a budget it may take note. */
function cutOff(access: TrialAccess | null): Disposable & { readonly signal: AbortSignal } {
  const over = new AbortController()
  let timer: NodeJS.Timeout | undefined
  access?.signal.addEventListener('abort', () => {
    const graceMs = access.ended?.kind === 'budget' ? BUDGET_GRACE_MS : 0
    timer = setTimeout(() => over.abort(), graceMs)
  })
  return { signal: over.signal, [Symbol.dispose]: () => clearTimeout(timer) }
}

/** @throws Failure when the agent got no answers through no fault of its own. */
function throwProviderFault(access: TrialAccess | null): void {
  const ended = access?.ended
  if (ended?.kind !== 'provider') return
  throw new Failure(ended.code ?? 'model.provider-failed', ended.message)
}

function usageOf({ cacheWriteTokens: _, ...spend }: Spend): AttemptUsage {
  return { ...spend, modelMs: Math.round(spend.modelMs), waitedMs: Math.round(spend.waitedMs) }
}
