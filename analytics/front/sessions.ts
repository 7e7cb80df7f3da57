import { EngineException } from './engine-exception.ts'

export interface SessionWish {
  readonly user: string
  readonly id: string
  readonly timeoutMs: number
  /** Only go on with one that exists. */
  readonly check: boolean
}

interface Session<Held> {
  held: Held | undefined
  busy: boolean
  timer: NodeJS.Timeout | undefined
}

const MAX_TIMEOUT_S = 3_600

/**
 * The wish of a request's `session_id`, `session_timeout` and `session_check`, if it has one.
 *
 * @throws EngineException INVALID_SESSION_TIMEOUT.
 */
export function sessionWish(url: URLSearchParams, user: string): SessionWish | undefined {
  const id = url.get('session_id')
  if (id === null || id === '') return undefined
  const given = url.get('session_timeout') ?? '60'
  const seconds = Number(given)
  if (!/^\d+$/.test(given) || seconds > MAX_TIMEOUT_S) {
    const message = `Invalid session timeout: '${given}', the maximum is ${MAX_TIMEOUT_S}.`
    throw EngineException.raise('INVALID_SESSION_TIMEOUT', message)
  }
  return { user, id, timeoutMs: seconds * 1_000, check: url.get('session_check') === '1' }
}

/**
 * Sessions by user and name. Each holds something of its own between queries, serves one query at
 * a time, and ends after its time without any.
 */
export class Sessions<Held> {
  readonly #sessions = new Map<string, Session<Held>>()
  readonly #limit: number
  readonly #drop: (held: Held) => void

  /** @param drop takes what an ended session held. */
  constructor(limit: number, drop: (held: Held) => void) {
    this.#limit = limit
    this.#drop = drop
  }

  get size(): number {
    return this.#sessions.size
  }

  /**
   * Enters a session, making it if need be.
   *
   * @throws EngineException SESSION_NOT_FOUND, SESSION_IS_LOCKED, or TOO_MANY_SIMULTANEOUS_QUERIES
   * when there are too many sessions.
   */
  enter({ user, id, timeoutMs, check }: SessionWish): Visit<Held> {
    const key = JSON.stringify([user, id])
    const known = this.#sessions.get(key)
    if (known === undefined && check) {
      throw EngineException.raise('SESSION_NOT_FOUND', `Session ${id} not found.`)
    }
    if (known?.busy) {
      const message = `Session ${id} is locked by a concurrent client.`
      throw EngineException.raise('SESSION_IS_LOCKED', message)
    }
    if (known === undefined && this.#sessions.size >= this.#limit) {
      const message = `Too many sessions. Maximum: ${this.#limit}. Close some, or let them expire.`
      throw EngineException.raise('TOO_MANY_SIMULTANEOUS_QUERIES', message)
    }
    const session = known ?? { held: undefined, busy: false, timer: undefined }
    this.#sessions.set(key, session)
    clearTimeout(session.timer)
    session.busy = true
    const leave = (held: Held | undefined, close: boolean) => {
      session.busy = false
      session.held = held
      if (close) return this.#end(key, session)
      session.timer = setTimeout(() => this.#end(key, session), timeoutMs)
      session.timer.unref()
    }
    return { held: session.held, leave }
  }

  #end(key: string, session: Session<Held>): void {
    this.#sessions.delete(key)
    if (session.held !== undefined) this.#drop(session.held)
  }
}

export interface Visit<Held> {
  /** What the session holds from its last query. */
  readonly held: Held | undefined
  /** Ends the visit; `held` stays for the next one unless the session closes. */
  leave(held: Held | undefined, close: boolean): void
}
