import { Context } from '@temporalio/activity'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import type {
  BuildAgentInput,
  CheckModelInput,
  ErrandActivities,
  GradeTrialInput,
  GradeTrialOutput,
  PersistResultInput,
  PersistResultsInput,
  PersistResultsOutput,
  RecordSweepInput,
  RunTrialInput,
  RunTrialOutput,
  SinkActivities,
} from '../../coordinator/contract/activities.ts'
import { failureInterceptor } from '../../coordinator/contract/failure-interceptor.ts'
import { NO_PHASES, type Verdict } from '../../coordinator/contract/outcome.ts'
import { countTrials, trialsBetween } from '../../coordinator/contract/plan.ts'
import {
  COORDINATOR_QUEUE,
  nodeQueue,
  runQueue,
  SINK_QUEUE,
  sweepWorkflowId,
} from '../../coordinator/contract/queues.ts'
import { cutManifest, roundSizeOf } from '../../coordinator/contract/rounds.ts'
import type { LookInput, LookOutput, StopReason } from '../../coordinator/contract/stopping.ts'
import type { Manifest, SweepInput, Trial } from '../../coordinator/contract/sweep.ts'
import { sweep } from '../../coordinator/workflows/sweep.ts'
import { type BlobStore, getJson } from '../../core/blobs.ts'
import { type Digest, digestOf } from '../../core/ids.ts'
import { memoryBlobs } from './memory-blobs.ts'
import type { TemporalServer } from './temporal-server.ts'
import { testBundle } from './test-bundle.ts'

export const SCRIPTED_NODE = 'scripted'

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] })

/** Works, as a node does, until the activity is cancelled. */
export async function workUntilCancelled(): Promise<never> {
  const context = Context.current()
  const timer = setInterval(() => context.heartbeat(), 50)
  try {
    return await context.cancelled
  } finally {
    clearInterval(timer)
  }
}

/** What the nodes do with an attempt; each may throw a Failure. */
export interface Script {
  run?(input: RunTrialInput): Promise<Partial<RunTrialOutput>>
  grade?(input: GradeTrialInput): Promise<Partial<Verdict>>
  /** Beside the verdict. */
  readonly graded?: Omit<Partial<GradeTrialOutput>, 'verdict'>
  persist?(input: PersistResultInput): Promise<void>
  /** Its trajectory is long in coming, so that its result is left out where many are stored. */
  isLate?(input: PersistResultInput): boolean
  /** Why the sweep stops after this round; by default it goes on. */
  look?(input: LookInput): Promise<StopReason | null>
  readonly errands?: ErrandActivities
}

/** What outlives a farm's processes. */
export type FarmMemory = Pick<ScriptedFarm, 'blobs' | 'results' | 'looks'>

const newMemory = (): FarmMemory => ({ blobs: memoryBlobs(), results: [], looks: [] })

/**
 * The real workflows on a real server, with nodes and a sink that play a script: shows what the
 * coordinator makes of whatever nodes do, without a container.
 */
export class ScriptedFarm implements AsyncDisposable {
  readonly results: PersistResultInput[]
  readonly released: string[] = []
  readonly sweepRecords: RecordSweepInput[] = []
  readonly planned = new Set<string>()
  readonly looks: LookInput[]
  readonly blobs: BlobStore
  script: Script = {}
  /** Stores what the scripted nodes did, and judges rounds by it, in place of the script. */
  sink: SinkActivities | null = null
  slots = 8
  /** Results stored by each call that may store many. */
  readonly storageCalls: number[] = []
  /** Of these, those that said that no more would come. */
  readonly lastCalls: number[] = []
  readonly #server: TemporalServer
  #workers: Worker[] = []
  #runs: Promise<void>[] = []
  #connection: NativeConnection | null = null

  /** For the next test: nothing is scripted and nothing counted, and what is planned stays planned. */
  reset(): void {
    this.script = {}
    const { results, released, looks, storageCalls, lastCalls } = this
    for (const list of [results, released, looks, storageCalls, lastCalls]) list.length = 0
  }

  private constructor(server: TemporalServer, { blobs, results, looks }: FarmMemory) {
    this.#server = server
    this.blobs = blobs
    this.results = results
    this.looks = looks
  }

  /** @param memory of the farm that this one goes on for; a new one when absent. */
  static async start(server: TemporalServer, memory = newMemory()): Promise<ScriptedFarm> {
    const farm = new ScriptedFarm(server, memory)
    await farm.#start()
    return farm
  }

  async #start(): Promise<void> {
    const connection = await NativeConnection.connect({ address: this.#server.address })
    this.#connection = connection
    const common = {
      connection,
      interceptors: { activity: [failureInterceptor] },
      maxHeartbeatThrottleInterval: 200,
    }
    const bundle = await testBundle()
    this.#workers = await Promise.all([
      Worker.create({
        ...common,
        taskQueue: COORDINATOR_QUEUE,
        workflowBundle: bundle,
        activities: {
          planShard: async ({ manifest, from, to }: Parameters<typeof this.planShard>[0]) =>
            this.planShard({ manifest, from, to }),
          countFleetSlots: async () => this.slots,
        },
      }),
      Worker.create({
        ...common,
        taskQueue: runQueue('small'),
        activities: { runTrial: (input: RunTrialInput) => this.#run(input) },
      }),
      Worker.create({
        ...common,
        taskQueue: nodeQueue(SCRIPTED_NODE),
        activities: {
          gradeTrial: (input: GradeTrialInput) => this.#grade(input),
          releaseAttempt: async ({ trial }: { trial: Trial }) =>
            void this.released.push(trial.trial),
          checkModel: (input: CheckModelInput) => this.#errands.checkModel(input),
          buildAgent: (input: BuildAgentInput) => this.#errands.buildAgent(input),
        },
      }),
      Worker.create({
        ...common,
        taskQueue: SINK_QUEUE,
        activities: {
          recordSweep: async (row: RecordSweepInput) => {
            this.sweepRecords.push(row)
            await this.sink?.recordSweep(row)
          },
          recordTrials: async ({ trials }: { trials: Trial[] }) => {
            for (const { trial } of trials) this.planned.add(trial)
            await this.sink?.recordTrials({ trials })
          },
          persistResult: (input: PersistResultInput) => this.#persist([input]),
          persistResults: (input: PersistResultsInput) => this.#persistSome(input),
          lookAtRound: (input: LookInput) => this.#look(input),
        },
      }),
    ])
    this.#runs = this.#workers.map((worker) => worker.run())
  }

  get #errands(): ErrandActivities {
    if (this.script.errands === undefined) throw new Error('this script has no errands')
    return this.script.errands
  }

  async planShard({
    manifest,
    from,
    to,
  }: {
    manifest: Digest
    from: number
    to: number
  }): Promise<Trial[]> {
    return trialsBetween(await getJson<Manifest>(this.blobs, manifest), from, to)
  }

  async #look(input: LookInput): Promise<LookOutput> {
    this.looks.push(input)
    if (this.sink !== null) return this.sink.lookAtRound(input)
    const reason = (await this.script.look?.(input)) ?? null
    if (reason === null) return { stop: null }
    const manifest = await getJson<Manifest>(this.blobs, input.manifest)
    return { stop: { reason, manifest: this.keep(cutManifest(manifest, input.round)) } }
  }

  async #persistSome({ results, last }: PersistResultsInput): Promise<PersistResultsOutput> {
    const isLate = (result: PersistResultInput) => this.script.isLate?.(result) ?? false
    const ready = results.filter((result) => !isLate(result))
    await this.#persist(ready)
    this.storageCalls.push(ready.length)
    if (last === true) this.lastCalls.push(ready.length)
    return { late: results.filter(isLate).map(({ trial }) => trial.trial) }
  }

  async #persist(results: readonly PersistResultInput[]): Promise<void> {
    await Promise.all(results.map((result) => this.script.persist?.(result)))
    this.results.push(...results)
    await Promise.all(results.map((result) => this.sink?.persistResult(result)))
  }

  async #run(input: RunTrialInput): Promise<RunTrialOutput> {
    const now = new Date().toISOString()
    return {
      node: SCRIPTED_NODE,
      boot: 'boot',
      agentOutcome: 'scored',
      detail: '',
      snapshot: { node: SCRIPTED_NODE, image: 'sha256:snapshot', baseImage: 'sha256:base' },
      events: 3,
      phases: NO_PHASES,
      resources: {
        cpuLimit: 1,
        memoryLimitBytes: 1,
        peakMemoryBytes: 1,
        cpuMs: 1,
        outOfMemory: false,
      },
      usage: null,
      startedAt: now,
      finishedAt: now,
      ...(await this.script.run?.(input)),
    }
  }

  async #grade(input: GradeTrialInput): Promise<GradeTrialOutput> {
    const verdict = {
      scoreMicros: 1_000_000,
      pass: true,
      rewards: { reward: 1 },
      checks: [],
      warnings: [],
      graderVersion: 'scripted',
      output: '',
      ...(await this.script.grade?.(input)),
    }
    return { verdict, gradeMs: 1, ...this.script.graded }
  }

  keep(manifest: Manifest): Digest {
    const bytes = Buffer.from(JSON.stringify(manifest))
    void this.blobs.put(bytes)
    return digestOf(bytes)
  }

  async submit(manifest: Manifest) {
    const input: SweepInput = {
      sweep: manifest.sweep,
      manifest: this.keep(manifest),
      planned: countTrials(manifest),
      limits: manifest.limits,
      ...(manifest.stop === undefined ? {} : { roundSize: roundSizeOf(manifest) }),
    }
    return this.#server.client.workflow.start(sweep, {
      workflowId: sweepWorkflowId(manifest.sweep),
      taskQueue: COORDINATOR_QUEUE,
      args: [input],
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of this.#workers) worker.shutdown()
    await Promise.all(this.#runs)
    await this.#connection?.close()
  }
}
