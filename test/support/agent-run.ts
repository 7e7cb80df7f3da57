import { bareContestant, type Contestant, type Trial } from '../../coordinator/contract/sweep.ts'
import { newSweepId, trialIdOf } from '../../core/ids.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { loadTask } from '../../tasks/load-task.ts'
import type { Task } from '../../tasks/task.ts'
import { type Files, SMALLEST_TASK, TemporaryFolder } from '../../tasks/task-fixture.ts'
import type { Agent, AgentEnd, AgentRun, Checkpoint, NewEvent } from '../../worker/agents/agent.ts'
import type { TrialAccess } from '../../worker/gateway/trial-access.ts'
import { taskRef } from './task-ref.ts'

/** A checkpoint in memory, as JSON, so that what is no JSON shows. */
export function memoryCheckpoint(saved: string[] = []): Checkpoint & { readonly saved: string[] } {
  return {
    saved,
    load: async () => JSON.parse(saved.at(-1) ?? 'null'),
    entries: async () => saved.map((line) => JSON.parse(line)),
    save: async (state) => {
      saved.push(JSON.stringify(state))
    },
  }
}

/** Where a process dies: at its n-th write, which is then durable or was not any more. */
export interface Death {
  readonly write: number
  readonly durable: boolean
}

/** Nothing that a dead process still does is written, and it never goes on from here. */
export function mortal(
  checkpoint: Checkpoint,
  { write, durable }: Death,
): [Checkpoint, Promise<'dead'>] {
  let writes = 0
  let die = (_: 'dead') => {}
  const died = new Promise<'dead'>((resolve) => {
    die = resolve
  })
  const save = async (state: unknown) => {
    const mine = writes
    writes += 1
    if (mine < write) return checkpoint.save(state)
    if (mine === write && durable) await checkpoint.save(state)
    die('dead')
    return new Promise<void>(() => {})
  }
  return [{ ...checkpoint, save }, died]
}

/** Access to a model of the chat dialect that is no gateway: nothing is limited or recorded. */
export function plainAccess(url: string, changes: Partial<TrialAccess> = {}): TrialAccess {
  return {
    key: 'sbench-test',
    model: 'm',
    dialects: ['openai-chat'],
    url,
    spend: () => {
      throw new Error('nothing is counted here')
    },
    ended: null,
    signal: new AbortController().signal,
    [Symbol.asyncDispose]: async () => undefined,
    ...changes,
  }
}

/** A task in a folder of its own. */
export async function madeTask(
  files: Files = {},
): Promise<{ readonly task: Task; readonly folder: TemporaryFolder }> {
  const folder = await TemporaryFolder.with({ ...SMALLEST_TASK, ...files })
  return { task: await loadTask(folder.path), folder }
}

export function madeTrial(task: Task, contestant: Contestant = bareContestant('loop')): Trial {
  const sweep = newSweepId()
  return {
    sweep,
    trial: trialIdOf(sweep, contestant.name, task.name, 1),
    index: 0,
    contestant,
    task: taskRef(task.name, task.digest),
    seed: 1,
  }
}

/** A run of the smallest kind; `changes` say what a test is about. */
export function madeRun(
  parts: { readonly task: Task; readonly sandbox: Sandbox },
  changes: Partial<AgentRun> = {},
): AgentRun {
  return {
    ...parts,
    trial: madeTrial(parts.task),
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    access: null,
    gatewayUrl: null,
    mcp: [],
    checkpoint: memoryCheckpoint(),
    ...changes,
  }
}

/** All of a run: its events in order, and how it ended. */
export async function played(
  agent: Agent,
  run: AgentRun,
): Promise<{ readonly events: NewEvent[]; readonly end: AgentEnd }> {
  const events: NewEvent[] = []
  const steps = agent.run(run)
  for (;;) {
    const next = await steps.next()
    if (next.done === true) return { events, end: next.value }
    events.push(next.value)
  }
}
