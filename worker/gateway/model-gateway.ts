import { chmod, mkdir, rm } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import type { NatsConnection } from '@nats-io/transport-node'
import { Failure } from '../../core/failure.ts'
import type { TrialId } from '../../core/ids.ts'
import type { Log } from '../../core/log.ts'
import type { Registry } from '../../core/metrics.ts'
import { DIALECTS } from '../../core/model-call.ts'
import { createServer } from '../../core/node-http.ts'
import type { Price } from '../../models/model.ts'
import type { Provider } from '../../models/provider.ts'
import { Access } from './access.ts'
import { accessKey, gatewaySecret } from './access-key.ts'
import { SweepBudget } from './budget/sweep-budget.ts'
import type { Dialect } from './dialects/dialect.ts'
import { gatewayMetrics } from './gateway-metrics.ts'
import { KeyRing } from './key-ring.ts'
import { NatsBucket } from './nats-value.ts'
import { FleetPace } from './pace/fleet-pace.ts'
import { readKey } from './provider-keys.ts'
import { Redactor } from './redactor.ts'
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from './retry-policy.ts'
import { dialectFinder } from './serving/find-dialect.ts'
import { Room } from './serving/room.ts'
import { crashed, type Serving, serveRequest } from './serving/serve-request.ts'
import { memoryValue } from './shared-state.ts'
import { type HttpAgents, openHttpAgents } from './sources/http-source.ts'
import { always, providerSources, type SourceOf } from './sources/provider-sources.ts'
import { replaySource } from './sources/replay-source.ts'
import { type ScriptedModel, scriptedSource } from './sources/scripted-source.ts'
import type { AccessOptions, TrialAccess } from './trial-access.ts'

const BUDGETS_BUCKET = 'sbench-budgets'
const PACE_BUCKET = 'sbench-pace'
/** The built-in provider whose models are programs of ours. */
const SCRIPTED = 'scripted'
/** Bodies of requests in memory at once; the others wait unread. */
const BODIES_BYTES = 256 * 1024 * 1024
/** Requests that are put on record at once, by their length: enough for any one, and many small ones. */
const RECORDED_CHARS = 2 * 1024 * 1024
/** What an answer may hold when neither request nor model says. */
const ASSUMED_OUTPUT_TOKENS = 32_000

export interface GatewayOptions {
  /** Where sandboxes reach it, through a relay that mounts the socket's folder. */
  readonly socketPath: string
  /** Of 127.0.0.1, for agents on this machine; 0 lets the system choose. */
  readonly port?: number
  /** Keeps the secret that keys are made from. */
  readonly dataFolder: string
  readonly dialects: readonly Dialect[]
  readonly providers: readonly Provider[]
  /** Where keys of providers are looked for. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Null for a node by itself: budgets and paces are then its own. */
  readonly nats: NatsConnection | null
  readonly node: string
  readonly boot: string
  /** What answers for `scripted/…`; null when there are no such models. */
  readonly scripted: ScriptedModel | null
  readonly log: Log
  readonly metrics: Registry
  readonly retry?: Partial<RetryPolicy>
  /** Attempts of an earlier process that will be opened again: their agents' calls wait for that. */
  readonly adopted?: readonly { readonly trial: TrialId; readonly attempt: number }[]
  /** What else is offered at the same addresses. */
  readonly alongside?: Alongside
}

/** Something that the same keys open, and that is served beside the models. */
export interface Alongside {
  /** An adopted attempt's agent has this key: whoever comes with it before it is open waits. */
  expect(key: string): void
  /** Answers a request; false, and nothing done, for one that is not its own. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>
}

/**
 * The way of all agents of a node to their models: endpoints in the shape of four vendors, on a
 * Unix socket and on a port of the loopback. Agents get keys of their own; the real ones are in
 * this process alone.
 */
export class ModelGateway implements AsyncDisposable {
  /** For clients on this machine, without a path. */
  readonly url: string
  readonly socketPath: string
  readonly #options: GatewayOptions
  readonly #secret: Uint8Array
  readonly #servers: readonly Server[]
  readonly #keys: KeyRing<Access>
  readonly #redactor: Redactor
  readonly #agents: HttpAgents = openHttpAgents()
  readonly #budgets = new Map<string, SweepBudget>()
  readonly #paces = new Map<string, FleetPace>()
  readonly #budgetBucket: NatsBucket | null
  readonly #paceBucket: NatsBucket | null

  private constructor(options: GatewayOptions, { secret, servers, url, keys, redactor }: Opened) {
    this.#options = options
    this.#secret = secret
    this.#servers = servers
    this.#keys = keys
    this.#redactor = redactor
    this.socketPath = options.socketPath
    this.url = url
    const { nats } = options
    this.#budgetBucket = nats === null ? null : new NatsBucket(nats, BUDGETS_BUCKET)
    this.#paceBucket = nats === null ? null : new NatsBucket(nats, PACE_BUCKET)
  }

  /** @throws Error when the socket or the port cannot be listened on. */
  static async start(options: GatewayOptions): Promise<ModelGateway> {
    const secret = await gatewaySecret(options.dataFolder)
    const keys = new KeyRing<Access>()
    const redactor = new Redactor()
    const serving: Serving = {
      dialectOf: dialectFinder(options.dialects),
      accessOf: (key) => keys.find(key),
      bodies: new Room(BODIES_BYTES),
      recordings: new Room(RECORDED_CHARS),
      redactor,
      retry: { ...DEFAULT_RETRY_POLICY, ...options.retry },
      metrics: gatewayMetrics(options.metrics),
      log: options.log,
    }
    for (const { trial, attempt } of options.adopted ?? []) {
      const key = accessKey(secret, trial, attempt)
      keys.expect(key)
      options.alongside?.expect(key)
    }
    await mkdir(dirname(options.socketPath), { recursive: true })
    await rm(options.socketPath, { force: true })
    const answer: RequestListener = (request, response) => {
      const other = options.alongside?.handle(request, response) ?? Promise.resolve(false)
      other
        .then((isOther) => (isOther ? undefined : serveRequest(serving, request, response)))
        .catch((error: unknown) => crashed(serving, response, error))
    }
    const socket = await listening(answer, { path: options.socketPath })
    const tcp = await listening(answer, { host: '127.0.0.1', port: options.port ?? 0 })
    // The relay's user is another than ours; what protects the socket is its folder, and the keys.
    await chmod(options.socketPath, 0o666)
    const url = `http://127.0.0.1:${(tcp.address() as AddressInfo).port}`
    return new ModelGateway(options, {
      secret,
      servers: [socket, tcp],
      url,
      keys,
      redactor,
    })
  }

  /**
   * Lets an attempt call its contestant's model, until the access is disposed.
   *
   * @throws Failure `model.not-found`, `model.key-missing`; `config.invalid` for a limit in dollars
   *   on a model without a price.
   */
  async open(options: AccessOptions): Promise<TrialAccess> {
    const { contestant, trial, attempt, sweep, sweepBudgetMicros } = options
    const fullModel = contestant.model
    if (fullModel === null) throw notFound(`The contestant ${contestant.name} has no model.`)
    const provider = this.#providerOf(fullModel, options)
    const price = contestant.modelFacts?.price ?? (provider === null ? FREE : null)
    requirePrice(options, price)
    const key = accessKey(this.#secret, trial, attempt)
    const sources = this.#sourcesOf(fullModel, provider, options)
    const access: Access = new Access({
      options,
      key,
      fullModel,
      dialects: provider?.dialects ?? DIALECTS,
      url: this.url,
      price,
      maxOutputTokens: contestant.modelFacts?.maxOutputTokens ?? ASSUMED_OUTPUT_TOKENS,
      source: sources,
      budget:
        provider === null || sweepBudgetMicros === null
          ? null
          : this.#budgetOf(sweep, sweepBudgetMicros),
      pace: provider === null ? null : this.#paceOf(provider, fullModel),
      log: this.#options.log,
      closed: () => this.#keys.close(key, access),
    })
    this.#keys.open(key, access)
    return access
  }

  /** Null when no provider is asked: a recording or a program of ours answers. */
  #providerOf(fullModel: string, { recording }: AccessOptions): Provider | null {
    if (recording !== null && recording !== undefined) return null
    const name = fullModel.slice(0, Math.max(0, fullModel.indexOf('/')))
    if (name === SCRIPTED && this.#options.scripted !== null) return null
    const found = this.#options.providers.find((provider) => provider.name === name)
    if (found !== undefined) return found
    const names = this.#options.providers.map((provider) => provider.name).join(', ') || 'none'
    throw notFound(`The provider of "${fullModel}" is not configured here. There are: ${names}.`)
  }

  /** The key is read once, when the access is opened. */
  #sourcesOf(fullModel: string, provider: Provider | null, options: AccessOptions): SourceOf {
    const { contestant, recording, taskDir, seed, task } = options
    const model = fullModel.slice(fullModel.indexOf('/') + 1)
    if (recording !== null && recording !== undefined) return always(replaySource(recording))
    if (provider === null) {
      const { scripted } = this.#options
      if (scripted === null) throw notFound('There are no scripted models here.')
      const about = { taskDir, seed, task, contestant: contestant.name, model }
      return always(scriptedSource(scripted, about))
    }
    const key = readKey(provider, this.#options.environment)
    this.#redactor.add(key)
    return providerSources({ provider, model, key, agents: this.#agents })
  }

  #budgetOf(sweep: string, budgetMicros: number): SweepBudget {
    const known = this.#budgets.get(sweep)
    if (known !== undefined) return known
    const { node, boot, log } = this.#options
    const budget = new SweepBudget({
      value: this.#budgetBucket?.value(sweep) ?? memoryValue(),
      budgetMicros,
      account: `${node}/${boot}`,
      log: log.child({ sweep }),
    })
    this.#budgets.set(sweep, budget)
    return budget
  }

  #paceOf({ pace }: Provider, fullModel: string): FleetPace {
    const known = this.#paces.get(fullModel)
    if (known !== undefined) return known
    const { node, boot, log } = this.#options
    const made = new FleetPace({
      name: fullModel,
      pace,
      bucket: this.#paceBucket,
      holder: `${node}/${boot}`,
      log,
    })
    this.#paces.set(fullModel, made)
    return made
  }

  /** Breaks off what is under way: drain the agents first. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#keys.all().map((access) => access[Symbol.asyncDispose]()))
    for (const server of this.#servers) server.closeAllConnections()
    await Promise.all(
      this.#servers.map((server) => new Promise((resolve) => server.close(resolve))),
    )
    const shared = [...this.#budgets.values(), ...this.#paces.values()]
    await Promise.all(shared.map((one) => one[Symbol.asyncDispose]()))
    this.#agents.http.destroy()
    this.#agents.https.destroy()
    await rm(this.socketPath, { force: true })
  }
}

interface Opened {
  readonly secret: Uint8Array
  readonly servers: readonly Server[]
  readonly url: string
  readonly keys: KeyRing<Access>
  readonly redactor: Redactor
}

/** What programs of ours and recordings cost. */
const FREE: Price = { input: 0, output: 0, cachedInput: 0, cacheWrite: 0, asOf: '1970-01-01' }

function requirePrice(
  { contestant, limits, sweepBudgetMicros }: AccessOptions,
  price: Price | null,
) {
  if (price !== null || (limits.costMicros === null && sweepBudgetMicros === null)) return
  throw new Failure(
    'config.invalid',
    `There is a budget in dollars, but nobody knows what ${contestant.model} costs. Give it a price, or take the budget away.`,
    { facts: { model: contestant.model ?? '' } },
  )
}

function notFound(message: string): Failure {
  return new Failure('model.not-found', message)
}

/** Streams last for as long as their models think, and clients keep their connections. */
async function listening(
  answer: RequestListener,
  where: { path: string } | { host: string; port: number },
): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 300_000 }, answer)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, resolve)
  })
  return server
}
