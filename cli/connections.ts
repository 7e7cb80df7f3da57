import { connect, type NatsConnection } from '@nats-io/transport-node'
import { Client, Connection } from '@temporalio/client'
import { Store } from '../analytics/store.ts'
import { TEMPORAL_NAMESPACE } from '../coordinator/contract/queues.ts'
import { type BlobStore, remoteBlobs } from '../core/blobs.ts'
import { Failure, messageOf } from '../core/failure.ts'
import { remoteSweepBlobs, type SweepBlobs } from '../core/sweep-blobs.ts'
import type { Addresses } from '../deploy/local/addresses.ts'
import type { AnalystAccess } from './analyst-query.ts'
import { FleetView } from './fleet-view.ts'

const CONNECT_TIMEOUT_MS = 5_000

/** Where ClickHouse asks for them. */
export interface DatabasePasswords {
  readonly writer?: string | undefined
  readonly reader?: string | undefined
}

/** The running stack as commands use it: each connection is made when first asked for. */
export class Connections implements AsyncDisposable {
  readonly addresses: Addresses
  readonly #passwords: DatabasePasswords
  readonly #opened: (() => Promise<unknown>)[] = []
  #temporal: Promise<Client> | null = null
  #fleet: Promise<FleetView> | null = null
  #store: Store | null = null

  constructor(addresses: Addresses, passwords: DatabasePasswords = {}) {
    this.addresses = addresses
    this.#passwords = passwords
  }

  get blobs(): BlobStore {
    return remoteBlobs(this.addresses.coordinator)
  }

  /** What is kept of attempts. */
  get artifacts(): SweepBlobs {
    return remoteSweepBlobs(this.addresses.coordinator)
  }

  /** For queries that people write, and others of our own beside the statistics. */
  get analyst(): AnalystAccess {
    return { url: this.addresses.clickhouse, password: this.#passwords.reader ?? '' }
  }

  /** For statistics, which are read, and for deletions. */
  get store(): Store {
    this.#store ??= this.#openStore()
    return this.#store
  }

  /** @throws Failure `stack.part-failed` when Temporal does not answer. */
  temporal(): Promise<Client> {
    this.#temporal ??= this.#connectTemporal().catch((error: unknown) => {
      this.#temporal = null
      throw error
    })
    return this.#temporal
  }

  /** What the nodes say of themselves. @throws Failure `stack.part-failed` when NATS does not answer. */
  fleet(): Promise<FleetView> {
    this.#fleet ??= this.#followFleet().catch((error: unknown) => {
      this.#fleet = null
      throw error
    })
    return this.#fleet
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#opened.reverse()) await close()
  }

  #openStore(): Store {
    const password = this.#passwords.writer ?? ''
    const store = new Store({ url: this.addresses.clickhouse, user: 'default', password })
    this.#opened.push(() => store[Symbol.asyncDispose]())
    return store
  }

  async #connectTemporal(): Promise<Client> {
    const address = this.addresses.temporal
    const connection = await Connection.connect({
      address,
      connectTimeout: CONNECT_TIMEOUT_MS,
    }).catch((cause: unknown) => {
      throw silent('Temporal', address, cause)
    })
    this.#opened.push(() => connection.close())
    return new Client({ connection, namespace: TEMPORAL_NAMESPACE })
  }

  async #followFleet(): Promise<FleetView> {
    const nats = await this.#connectNats()
    const view = new FleetView(nats)
    this.#opened.push(() => view[Symbol.asyncDispose]())
    return view
  }

  async #connectNats(): Promise<NatsConnection> {
    const { nats: servers } = this.addresses
    const nats = await connect({
      servers,
      name: 'sbench',
      timeout: CONNECT_TIMEOUT_MS,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 500,
    }).catch((cause: unknown) => {
      throw silent('NATS', servers, cause)
    })
    this.#opened.push(() => nats.close())
    return nats
  }
}

function silent(part: string, address: string, cause: unknown): Failure {
  const message = `${part} at ${address} does not answer (${messageOf(cause)}). See \`sbench status\`.`
  return new Failure('stack.part-failed', message, { facts: { part, address }, cause })
}
