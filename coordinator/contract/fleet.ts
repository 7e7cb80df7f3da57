/** NATS KV bucket in which every node says each two seconds that it lives and what it does. */
export const FLEET_BUCKET = 'sbench-fleet'
/** Entries of nodes: one token. The coordinator's own word has two. */
export const NODE_KEYS = '*'
export const PRESENCE_INTERVAL_MS = 2_000
/** When nothing at all was heard in the bucket for so long, whoever listens had better listen anew. */
export const FLEET_SILENT_MS = 5 * PRESENCE_INTERVAL_MS
/** A node that has been silent for so long is lost: its trials start again elsewhere. */
export const NODE_LOST_AFTER_MS = 30_000

/** How a worker's process calls itself towards the Temporal server. */
export const workerIdentity = (node: string, boot: string): string => `${node} ${boot}`

export interface RunningTrial {
  readonly sweep: string
  readonly trial: string
  readonly attempt: number
  readonly contestant: string
  readonly task: string
  readonly seed: number
  readonly phase: string
  /** ISO 8601, when the phase began. */
  readonly since: string
}

/** One node's entry, under its id. */
export interface NodePresence {
  readonly node: string
  /** New at every start of the worker's process. */
  readonly boot: string
  readonly host: string
  readonly startedAt: string
  /** Takes no new trials: it is about to stop. */
  readonly draining: boolean
  readonly cpus: number
  readonly memoryMb: number
  /** Trials of the smallest class that fit. */
  readonly slots: number
  readonly running: readonly RunningTrial[]
}

/** `GET /join` at the coordinator: the addresses that another machine's processes need. */
export interface JoinAddresses {
  readonly temporal: string
  readonly nats: string
  readonly clickhouse: string
}
