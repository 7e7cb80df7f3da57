import { messageOf } from '../../core/failure.ts'
import type { Log } from '../../core/log.ts'
import type { Row, Store } from '../store.ts'

const INTERVAL_MS = 10_000
const MAX_ROWS = 10_000

/**
 * Lines for the table `ingest_log`, written each ten seconds. Nothing depends on them: what cannot
 * be written is kept while there is room, then dropped.
 */
export class AuditLog implements AsyncDisposable {
  readonly #store: Store
  readonly #sink: string
  readonly #log: Log
  readonly #timer: NodeJS.Timeout
  #rows: Row[] = []

  /** @param sink names this process. */
  constructor(options: { store: Store; sink: string; log: Log }) {
    this.#store = options.store
    this.#sink = options.sink
    this.#log = options.log
    this.#timer = setInterval(() => void this.#write(), INTERVAL_MS)
  }

  add(row: Row): void {
    if (this.#rows.length < MAX_ROWS) this.#rows.push({ sink: this.#sink, ...row })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#write()
  }

  async #write(): Promise<void> {
    const rows = this.#rows
    this.#rows = []
    try {
      await this.#store.insert('ingest_log', rows)
    } catch (error) {
      this.#rows = rows.concat(this.#rows).slice(0, MAX_ROWS)
      this.#log.info({ reason: messageOf(error) }, 'the audit of batches has to wait')
    }
  }
}
