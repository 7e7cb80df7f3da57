import type { RunTrialInput, RunTrialOutput } from '../coordinator/contract/activities.ts'
import { Failure } from '../core/failure.ts'
import { readModelCalls } from '../core/model-recording.ts'
import { decodeChunk } from '../core/trajectory.ts'
import type { ImageFacts, Sandbox, SandboxOptions, SandboxVolume } from '../sandbox/sandbox.ts'
import type { Task } from '../tasks/task.ts'
import { type AgentWork, workAsAgent } from './agent-work.ts'
import type { Agent, AgentNeeds } from './agents/agent.ts'
import { agentNamed } from './agents/agents.ts'
import { readAgentArtifacts } from './artifacts/agent-artifacts.ts'
import { ArtifactDraft } from './artifacts/artifact-draft.ts'
import { type Kept, keepArtifacts, roomOfAgent } from './artifacts/keep-artifacts.ts'
import { NO_SPEND, spendOf } from './gateway/spend-of.ts'
import type { Spend } from './gateway/trial-access.ts'
import { awaitHealthy } from './healthcheck.ts'
import type { Node } from './node.ts'
import { putLeftovers } from './put-leftovers.ts'
import type { ResumedRun, ResumeNote } from './resumed-run.ts'
import { sandboxOptions } from './sandbox-options.ts'
import { Stopwatch } from './stopwatch.ts'
import { Recorder } from './trajectory/recorder.ts'
import type { ReopenedSpool } from './trajectory/spool.ts'
import { type UnderWay, underWay } from './under-way.ts'

/** One execution of a trial on this node, from the lease of a sandbox to a snapshot of its end. */
export function runTrial(node: Node, input: RunTrialInput): Promise<RunTrialOutput> {
  return underWay(node, input, async (activity) => {
    await node.docker.answers(activity.signal)
    const [spooled, file] = await node.spool.create(input.trial.trial, input.attempt)
    const spool = { spooled, file, chunks: [] }
    return new Execution(node, input, activity).run(spool)
  })
}

/** The same for an execution whose agent is at work already: an earlier process began it. */
export function resumeTrial(
  node: Node,
  run: ResumedRun,
  activity: UnderWay,
): Promise<RunTrialOutput> {
  return new Execution(node, run.note.input, activity, run).run(run.spool)
}

/** How the agent's sandbox of a trial is made; equal for every process of this node. */
export async function agentSandbox(node: Node, input: RunTrialInput): Promise<SandboxOptions> {
  const { trial, attempt } = input
  const task = await node.tasks.task(trial.task)
  const image = await node.images.ensure(task, task.dir)
  const { needs } = agentNamed(trial.contestant.agent)
  const volumes = await installed(node, needs)
  return sandboxOptions(node, { trial, attempt, task, image, volumes, needs })
}

async function installed(
  node: Node,
  { installation }: AgentNeeds,
): Promise<readonly SandboxVolume[]> {
  return installation === null ? [] : [await node.installations.ensure(installation)]
}

class Execution {
  readonly #node: Node
  readonly #input: RunTrialInput
  readonly #activity: UnderWay
  readonly #resumed: ResumedRun | null
  readonly #watch: Stopwatch
  readonly #startedAt: string

  constructor(
    node: Node,
    input: RunTrialInput,
    activity: UnderWay,
    resumed: ResumedRun | null = null,
  ) {
    this.#node = node
    this.#input = input
    this.#activity = activity
    this.#resumed = resumed
    this.#watch = new Stopwatch(resumed?.note.phases)
    this.#startedAt = resumed?.note.startedAt ?? new Date().toISOString()
  }

  async run({ spooled, file, chunks }: ReopenedSpool): Promise<RunTrialOutput> {
    const { shipper, checkpoints } = this.#node
    const { trial, attempt } = this.#input
    const last = chunks.at(-1)?.header
    await using _file = file
    await using recorder = new Recorder({
      sweep: trial.sweep,
      trial: trial.trial,
      attempt,
      log: file,
      synced: (chunk) => shipper.ship(chunk),
      ...(last === undefined ? {} : { after: last }),
    })
    try {
      const output = await this.#execute(recorder)
      this.#count(output.agentOutcome)
      return { ...output, events: await recorder.close() }
    } catch (error) {
      const code = error instanceof Failure ? error.code : 'cancelled-or-bug'
      recorder.record({ kind: 'error', body: code })
      this.#count(code)
      // Docker may have made it without our hearing of it.
      this.#node.discarded.add(trial.trial, attempt)
      throw error
    } finally {
      // Where it cannot be, what is in the file is all that will ever be.
      await recorder.close().catch(() => undefined)
      spooled.events = file.events
      await checkpoints.remove(trial.trial, attempt)
    }
  }

  async #execute(recorder: Recorder): Promise<Omit<RunTrialOutput, 'events'>> {
    const node = this.#node
    const { trial } = this.#input
    const watch = this.#watch
    const enter = (phase: string) => this.#enter(phase, recorder)
    watch.add('queueMs', this.#activity.queueMs)

    enter('image')
    const task = await watch.time('imageMs', () => node.tasks.task(trial.task))
    const image = await watch.time('imageMs', () => node.images.ensure(task, task.dir))
    enter('boot')
    const agent = agentNamed(trial.contestant.agent)
    await using sandbox = await this.#sandbox(agent, { task, image })
    enter('agent')
    const { end, usage } = await this.#work(agent, { task, sandbox, recorder })
    enter('collect')
    const kept = await watch.time('collectMs', () => this.#keep(sandbox, task))
    if (kept.use.outOfMemory) recorder.record({ kind: 'note', body: 'out of memory' })
    const { artifacts, warning } = await watch.time('collectMs', () =>
      this.#keepArtifacts(sandbox, { task, image }),
    )
    if (warning !== null) recorder.record({ kind: 'note', body: warning })
    await watch.time('teardownMs', async () => sandbox[Symbol.asyncDispose]())
    return {
      node: node.id,
      boot: node.boot,
      agentOutcome: end.outcome,
      detail: end.detail,
      snapshot: { node: node.id, image: kept.image, baseImage: image.id },
      phases: watch.phases,
      resources: {
        cpuLimit: task.environment.cpus,
        memoryLimitBytes: task.environment.memoryMb * 1024 * 1024,
        ...kept.use,
      },
      usage,
      ...(artifacts === undefined ? {} : { artifacts }),
      startedAt: this.#startedAt,
      finishedAt: new Date().toISOString(),
    }
  }

  async #sandbox(agent: Agent, { task, image }: TaskImage): Promise<Sandbox> {
    if (this.#resumed !== null) return this.#resumed.sandbox
    const { trial, attempt } = this.#input
    const { needs } = agent
    if (needs.installation !== null) this.#node.presence.enter(trial, attempt, 'setup')
    const volumes = await this.#watch.time('setupMs', () => installed(this.#node, needs))
    return this.#watch.time('bootMs', async () => {
      const files = await agent.files({ trial, task })
      const place = { trial, attempt, task, image, volumes, needs }
      const options = sandboxOptions(this.#node, place)
      const sandbox = await this.#node.host.start(files === null ? options : { ...options, files })
      try {
        await putLeftovers(sandbox, task, image)
        await awaitHealthy(sandbox, task, this.#activity.signal)
        return sandbox
      } catch (error) {
        await sandbox[Symbol.asyncDispose]()
        throw error
      }
    })
  }

  /** The agent's time runs on while no worker is there: a restart gives it none. */
  async #work(agent: Agent, { task, sandbox, recorder }: Work): Promise<AgentWork> {
    const input = this.#input
    const { trial, timeoutMultiplier } = input
    const agentFrom = this.#resumed?.note.agentFrom ?? Date.now()
    const { phases } = this.#watch
    const remember = async (mcpCommands: readonly string[]) => {
      if (!agent.resumable) return
      const startedAt = this.#startedAt
      const note: ResumeNote = { input, startedAt, agentFrom, phases, mcpCommands }
      await this.#activity.remember(note)
    }
    if (this.#resumed === null) {
      await recorder.flush()
      await remember([])
    } else {
      recorder.record({ kind: 'note', body: 'a new worker process went on with this attempt' })
    }
    const allowedMs = trial.task.agentTimeoutMs * timeoutMultiplier
    try {
      const work = await workAsAgent(this.#node, {
        input,
        agent,
        task,
        sandbox,
        recorder,
        timeoutMs: Math.max(0, agentFrom + allowedMs - Date.now()),
        cancelled: this.#activity.signal,
        spent: await this.#spentBefore(),
        earlierMcp: this.#resumed?.note.mcpCommands ?? [],
        onMcp: remember,
      })
      this.#watch.add('toolMs', work.end.toolMs)
      this.#watch.add('modelWaitMs', (work.usage?.modelMs ?? 0) + (work.usage?.waitedMs ?? 0))
      return work
    } finally {
      this.#watch.add('agentMs', Date.now() - agentFrom)
      if (agent.resumable) await this.#activity.remember(null)
    }
  }

  async #spentBefore(): Promise<Spend> {
    if (this.#resumed === null) return NO_SPEND
    const events = await Promise.all(this.#resumed.spool.chunks.map(decodeChunk))
    return spendOf(readModelCalls(events.flat()))
  }

  #count(outcome: string): void {
    const { ended, phaseSeconds, log } = this.#node
    const { trial, attempt } = this.#input
    log.info({ sweep: trial.sweep, trial: trial.trial, attempt, outcome }, 'an attempt ended')
    ended.inc({ activity: 'run', outcome })
    for (const [phase, ms] of Object.entries(this.#watch.phases)) {
      phaseSeconds.observe({ phase: phase.replace(/Ms$/, '') }, ms / 1_000)
    }
  }

  /** What the verifier will need: the collect hooks' work and the files, with nothing running. */
  async #keep(sandbox: Sandbox, task: Task) {
    for (const { command, timeoutMs, user } of task.verifier.collect) {
      const asUser = user === undefined ? {} : { user }
      await sandbox.exec(['bash', '-c', command], { timeoutMs, ...asUser })
    }
    const image = await sandbox.snapshot()
    return { image, use: await sandbox.use() }
  }

  /** What the agent left for people to see, as it was when the agent had ended. */
  async #keepArtifacts(sandbox: Sandbox, { task, image }: TaskImage): Promise<Kept> {
    const { artifacts } = this.#node
    if (artifacts.roomBytes === 0) return { warning: null }
    const draft = new ArtifactDraft(roomOfAgent(artifacts))
    await readAgentArtifacts(sandbox, { task, image, draft })
    const { sweep } = this.#input.trial
    const { signal } = this.#activity
    return keepArtifacts(artifacts, draft, { sweep, whose: 'agent', signal })
  }

  #enter(phase: string, recorder: Recorder): void {
    this.#activity.signal.throwIfAborted()
    const { trial, attempt } = this.#input
    if (this.#resumed === null || phase === 'collect')
      recorder.record({ kind: 'phase', tool: phase })
    this.#node.presence.enter(trial, attempt, phase)
  }
}

interface TaskImage {
  readonly task: Task
  readonly image: ImageFacts
}

interface Work {
  readonly task: Task
  readonly sandbox: Sandbox
  readonly recorder: Recorder
}
