import { Worker } from 'node:worker_threads'
import { EngineException } from './engine-exception.ts'
import type { LaneReply, LaneRequest, LaneWork, Portion } from './lane-protocol.ts'

/**
 * The setting that marks a lane's queries in `system.processes`, because the embedded engine makes
 * up query ids of its own. It filters logs that are sent to native clients, which there are none of.
 */
export const MARK_SETTING = 'send_logs_source_regexp'

interface Waiting {
  resolve(portion: Portion): void
  reject(error: unknown): void
}

export interface LaneOptions {
  readonly folder: string
  readonly name: string
  /** A lane ends only when something is broken; nothing of the engine can be trusted then. */
  readonly onLost: (error: Error) => void
}

/**
 * One connection to the engine on a thread of its own. The engine analyses a streamed query on the
 * thread that asks, and runs its scalar subqueries while it does: seconds that neither the front's
 * event loop nor another query has to wait for.
 */
export class Lane {
  /** Value of {@link MARK_SETTING} for what runs here. */
  readonly mark: string
  readonly #worker: Worker
  readonly #waiting: Waiting[] = []
  readonly #onLost: (error: Error) => void
  #lost: Error | undefined

  private constructor(worker: Worker, { name, onLost }: LaneOptions) {
    this.#worker = worker
    this.mark = name
    this.#onLost = onLost
    worker.on('message', (reply: LaneReply) => this.#settle(reply))
    worker.on('error', (error) => this.#lose(error))
    worker.on('exit', (code) => this.#lose(new Error(`the thread of ${name} ended with ${code}`)))
  }

  /** @throws what the thread could not start on, for example a folder that the engine refuses. */
  static async open(options: LaneOptions): Promise<Lane> {
    const { folder, name } = options
    const worker = new Worker(new URL('./lane-thread.ts', import.meta.url), {
      workerData: { folder },
      name,
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    })
    worker.unref()
    const lane = new Lane(worker, options)
    await lane.#reply()
    return lane
  }

  /** Starts a query; the first portion of its result, or all of it. */
  start(work: LaneWork): Promise<Portion> {
    return this.#ask({ kind: 'start', ...work })
  }

  /** The next portion of a streamed result. */
  next(): Promise<Portion> {
    return this.#ask({ kind: 'next' })
  }

  /** Gives up what is left of a result. */
  async stop(): Promise<void> {
    await this.#ask({ kind: 'stop' })
  }

  /** Gives up what is left of a result, and forgets all that the connection was told. */
  async reset(): Promise<void> {
    await this.#ask({ kind: 'reset' })
  }

  #ask(request: LaneRequest): Promise<Portion> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost)
    this.#worker.postMessage(request)
    return this.#reply()
  }

  #reply(): Promise<Portion> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  #settle(reply: LaneReply): void {
    const waiting = this.#waiting.shift()
    if ('error' in reply) waiting?.reject(EngineException.parse(reply.error))
    else waiting?.resolve(reply.portion)
  }

  #lose(error: Error): void {
    if (this.#lost === undefined) this.#onLost(error)
    this.#lost ??= error
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error)
  }
}

/** A value inside single quotes of SQL. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** `SET` for all of the settings at once; they are checked together. */
export function setStatement(settings: ReadonlyMap<string, string>): string {
  const parts = [...settings].map(([name, value]) => `${settingName(name)} = ${quoted(value)}`)
  return `SET ${parts.join(', ')}`
}

function settingName(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name
  throw EngineException.raise('BAD_ARGUMENTS', `${JSON.stringify(name)} is no name of a setting.`)
}
