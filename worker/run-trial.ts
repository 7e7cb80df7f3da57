import type { RunTrialInput, RunTrialOutput } from '../coordinator/contract/activities.ts'
import type { Trial } from '../coordinator/contract/sweep.ts'
import { Failure } from '../core/failure.ts'
import type { ImageFacts, Sandbox } from '../sandbox/sandbox.ts'
import { watchStorage } from '../sandbox/storage-watch.ts'
import type { Task } from '../tasks/task.ts'
import type { Agent } from './agents/agent.ts'
import { agentNamed } from './agents/agents.ts'
import { awaitHealthy } from './healthcheck.ts'
import type { Node } from './node.ts'
import { putLeftovers } from './put-leftovers.ts'
import { runAgent } from './run-agent.ts'
import { sandboxOptions } from './sandbox-options.ts'
import { Stopwatch } from './stopwatch.ts'
import { Recorder } from './trajectory/recorder.ts'
import { type UnderWay, underWay } from './under-way.ts'

/** One execution of a trial on this node, from the lease of a sandbox to a snapshot of its end. */
export function runTrial(node: Node, input: RunTrialInput): Promise<RunTrialOutput> {
  return underWay(node, input, (activity) => new Execution(node, input, activity).run())
}

class Execution {
  readonly #node: Node
  readonly #input: RunTrialInput
  readonly #activity: UnderWay
  readonly #watch = new Stopwatch()
  readonly #startedAt = new Date().toISOString()

  constructor(node: Node, input: RunTrialInput, activity: UnderWay) {
    this.#node = node
    this.#input = input
    this.#activity = activity
  }

  async run(): Promise<RunTrialOutput> {
    const { spool, shipper } = this.#node
    const { trial, attempt } = this.#input
    const [spooled, file] = await spool.create(trial.trial, attempt)
    await using _file = file
    await using recorder = new Recorder({
      sweep: trial.sweep,
      trial: trial.trial,
      attempt,
      keep: async (chunk) => {
        await file.append(chunk)
        shipper.ship(chunk)
      },
    })
    try {
      const output = await this.#execute(recorder)
      this.#count(output.agentOutcome)
      return { ...output, events: await recorder.close() }
    } catch (error) {
      const code = error instanceof Failure ? error.code : 'cancelled-or-bug'
      recorder.record({ kind: 'error', body: code })
      this.#count(code)
      throw error
    } finally {
      spooled.events = await recorder.close().catch(() => null)
    }
  }

  async #execute(recorder: Recorder): Promise<Omit<RunTrialOutput, 'events'>> {
    const node = this.#node
    const { trial, timeoutMultiplier } = this.#input
    const watch = this.#watch
    const enter = (phase: string) => this.#enter(phase, recorder)
    watch.add('queueMs', this.#activity.queueMs)

    enter('image')
    const task = await watch.time('imageMs', () => node.tasks.task(trial.task))
    const image = await watch.time('imageMs', () => node.images.ensure(task, task.dir))
    enter('boot')
    const agent = agentNamed(trial.contestant.agent)
    await using sandbox = await watch.time('bootMs', () => this.#boot(agent, { task, image }))
    await watch.time('bootMs', () => putLeftovers(sandbox, task, image))
    await watch.time('bootMs', () => awaitHealthy(sandbox, task, this.#activity.signal))
    enter('agent')
    await using storage = watchStorage(node.host, sandbox.id, {
      limitMb: task.environment.storageMb,
    })
    const end = await watch.time('agentMs', () =>
      runAgent(
        agent,
        {
          trial,
          task,
          sandbox,
          timeoutMs: trial.task.agentTimeoutMs * timeoutMultiplier,
          cancelled: this.#activity.signal,
          exceeded: storage.signal,
          access: null,
          gatewayUrl: null,
          mcp: [],
          checkpoint: { load: async () => null, save: async () => undefined },
        },
        recorder,
      ),
    )
    enter('collect')
    const kept = await watch.time('collectMs', () => this.#keep(sandbox, task))
    if (kept.use.outOfMemory) recorder.record({ kind: 'note', body: 'out of memory' })
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
      startedAt: this.#startedAt,
      finishedAt: new Date().toISOString(),
    }
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

  async #boot(
    agent: Agent,
    { task, image }: { readonly task: Task; readonly image: ImageFacts },
  ): Promise<Sandbox> {
    const { trial, attempt } = this.#input
    const files = await agent.files({ trial, task })
    const options = sandboxOptions(this.#node, { trial, attempt, task, image })
    return this.#node.host.start(files === null ? options : { ...options, files })
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

  #enter(phase: string, recorder: Recorder): void {
    this.#activity.signal.throwIfAborted()
    const { trial, attempt } = this.#input
    recorder.record({ kind: 'phase', tool: phase })
    this.#node.presence.enter(trial satisfies Trial, attempt, phase)
  }
}
