import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bareContestant, NO_TRIAL_LIMITS } from '../../coordinator/contract/sweep.ts'
import { newSweepId, trialIdOf } from '../../core/ids.ts'
import { openLog } from '../../core/log.ts'
import { openMetrics } from '../../core/metrics.ts'
import type { ModelCall } from '../../core/model-call.ts'
import { readModelCalls } from '../../core/model-recording.ts'
import type { ModelFacts } from '../../models/model.ts'
import type { Provider } from '../../models/provider.ts'
import type { NewEvent } from '../../worker/agents/agent.ts'
import { dialects } from '../../worker/gateway/dialects/dialects.ts'
import { type GatewayOptions, ModelGateway } from '../../worker/gateway/model-gateway.ts'
import type { AccessOptions, Spend, TrialAccess } from '../../worker/gateway/trial-access.ts'

/** A key as vendors write them, planted to be searched for. */
export const PLANTED_KEY = 'sk-planted-5f1d0c9b7e2a4438'

export const NOTHING_SPENT: Spend = {
  calls: 0,
  costMicros: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  modelMs: 0,
  waitedMs: 0,
}

export const FAKE_FACTS: ModelFacts = {
  model: 'fake/model',
  price: { input: 3, output: 15, cachedInput: null, cacheWrite: null, asOf: '2026-11-01' },
  contextTokens: null,
  maxOutputTokens: 1_000,
}

/** Retries that a test can wait for. */
const QUICK = {
  firstPauseMs: 1,
  longestPauseMs: 5,
  firstByteMs: 300,
  wholeAnswerMs: 300,
  silenceMs: 300,
}

/** A gateway of a test's own, with all that it logged. */
export class GatewayTrial implements AsyncDisposable {
  gateway: ModelGateway
  readonly logged: string[]
  readonly metrics: GatewayOptions['metrics']
  readonly #options: GatewayOptions

  private constructor(gateway: ModelGateway, options: GatewayOptions, logged: string[]) {
    this.gateway = gateway
    this.#options = options
    this.metrics = options.metrics
    this.logged = logged
  }

  static async start(
    providers: readonly Provider[],
    changes: Partial<GatewayOptions> = {},
  ): Promise<GatewayTrial> {
    const dataFolder = await mkdtemp(join(tmpdir(), 'sbench-gateway-'))
    const logged: string[] = []
    const destination = { write: (line: string) => void logged.push(line) }
    const options: GatewayOptions = {
      socketPath: join(dataFolder, 'socket', 'gateway.sock'),
      dataFolder,
      dialects: Object.values(dialects),
      providers,
      environment: { FAKE_KEY: PLANTED_KEY },
      nats: null,
      node: 'node-a',
      boot: 'boot-1',
      scripted: null,
      log: openLog({ process: 'test', level: 'debug', destination }),
      metrics: openMetrics('test'),
      retry: QUICK,
      ...changes,
    }
    return new GatewayTrial(await ModelGateway.start(options), options, logged)
  }

  /** Another process on the same data folder. */
  async restart(): Promise<void> {
    await this.gateway[Symbol.asyncDispose]()
    this.gateway = await ModelGateway.start({ ...this.#options, metrics: openMetrics('again') })
  }

  /** A key for an attempt of its own, and what is recorded of it. */
  async lease(options: Partial<AccessOptions> = {}): Promise<Lease> {
    const events: NewEvent[] = []
    const sweep = newSweepId()
    const access = await this.gateway.open({
      sweep,
      trial: trialIdOf(sweep, 'fake', 'task', 1),
      attempt: 1,
      task: 'task',
      seed: 1,
      contestant: { ...bareContestant('loop'), model: 'fake/model', modelFacts: FAKE_FACTS },
      limits: NO_TRIAL_LIMITS,
      sweepBudgetMicros: null,
      spent: NOTHING_SPENT,
      recorder: { record: (event) => void events.push(event), flush: async () => undefined },
      taskDir: '/nowhere',
      ...options,
    })
    return {
      access,
      events,
      calls: () =>
        readModelCalls(events.map(({ kind, body = '', meta = {} }) => ({ kind, body, meta }))),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]()
    await rm(this.#options.dataFolder, { recursive: true, force: true })
  }
}

export interface Lease {
  readonly access: TrialAccess
  readonly events: readonly NewEvent[]
  calls(): ModelCall[]
}

/** A call in the Anthropic dialect; `key` and `model` are the lease's own unless told otherwise. */
export function askAnthropic(
  { access }: Lease,
  {
    key = access.key,
    model = access.model,
    stream = true,
    signal,
    ...body
  }: {
    readonly key?: string
    readonly model?: string
    readonly stream?: boolean
    readonly signal?: AbortSignal
    readonly [field: string]: unknown
  } = {},
): Promise<Response> {
  return fetch(`${access.url}/v1/messages`, {
    method: 'POST',
    headers: {
      'x-api-key': key,
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
    },
    body: JSON.stringify({
      model,
      max_tokens: 100,
      messages: [{ role: 'user', content: 'Hi' }],
      ...body,
      stream,
    }),
    ...(signal === undefined ? {} : { signal }),
  })
}
