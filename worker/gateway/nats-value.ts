import { JetStreamApiCodes, JetStreamApiError, jetstream } from '@nats-io/jetstream'
import { type KV, Kvm } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/transport-node'
import type { SharedValue } from './shared-state.ts'

/** A call of a model waits for these; a server that is away should be noticed soon. */
const TIMEOUT_MS = 2_000

/** A bucket of NATS whose entries are changed by compare-and-set; opened when first needed. */
export class NatsBucket {
  readonly #nats: NatsConnection
  readonly #name: string
  #bucket: Promise<KV> | null = null

  constructor(nats: NatsConnection, name: string) {
    this.#nats = nats
    this.#name = name
  }

  /** @param key any text; a bucket's keys allow less, so that it is written in hex. */
  value(key: string): SharedValue {
    const name = Buffer.from(key).toString('hex')
    return {
      read: () =>
        this.#use(async (bucket) => {
          const entry = await bucket.get(name)
          if (entry === null) return null
          const text = entry.operation === 'PUT' ? entry.string() : 'null'
          return { text, revision: entry.revision }
        }),
      write: (text, revision) =>
        this.#use(async (bucket) => {
          try {
            return await bucket.put(name, text, { previousSeq: revision, timeout: TIMEOUT_MS })
          } catch (error) {
            if (isConflict(error)) return null
            throw error
          }
        }),
    }
  }

  /** Calls back on each change of the entry, by whomever. @returns what ends it. */
  async watch(key: string, changed: (text: string) => void): Promise<() => void> {
    const name = Buffer.from(key).toString('hex')
    const watch = await this.#use((bucket) => bucket.watch({ key: name }))
    void (async () => {
      for await (const entry of watch) if (entry.operation === 'PUT') changed(entry.string())
    })()
    return () => watch.stop()
  }

  /** A bucket may go with its server's data: after a failure it is opened, or made, again. */
  async #use<Result>(work: (bucket: KV) => Promise<Result>): Promise<Result> {
    try {
      return await work(await this.#open())
    } catch (error) {
      this.#bucket = null
      throw error
    }
  }

  #open(): Promise<KV> {
    this.#bucket ??= new Kvm(jetstream(this.#nats, { timeout: TIMEOUT_MS })).create(this.#name, {
      history: 1,
      timeout: TIMEOUT_MS,
    })
    return this.#bucket
  }
}

function isConflict(error: unknown): boolean {
  if (!(error instanceof JetStreamApiError)) return false
  const codes: readonly number[] = [
    JetStreamApiCodes.StreamWrongLastSequence,
    JetStreamApiCodes.StreamWrongLastSequenceUnknown,
  ]
  return codes.includes(error.code)
}
