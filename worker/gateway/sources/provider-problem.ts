import { messageOf } from '../../../core/failure.ts'

/**
 * `limited` asked too often, `overloaded` an error of the provider's own, `broken` no whole answer
 * came, `key-refused` it does not know us or we may not, `unpaid` there is no money on the account,
 * `bad-request` it will not take this request however often it is sent.
 */
export type ProblemKind =
  | 'limited'
  | 'overloaded'
  | 'broken'
  | 'key-refused'
  | 'unpaid'
  | 'bad-request'

/** A try of a call that came to nothing. */
export class ProviderProblem extends Error {
  override readonly name = 'ProviderProblem'
  readonly kind: ProblemKind
  /** When the provider said to come back; null when it did not. */
  readonly retryAfterMs: number | null

  constructor(
    kind: ProblemKind,
    message: string,
    { retryAfterMs = null, cause }: { retryAfterMs?: number | null; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.retryAfterMs = retryAfterMs
  }
}

const DETAIL_CHARS = 300

/** What a provider's status means for a call; null for those that are the agent's to read. */
export function problemOfStatus(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
): ProviderProblem | null {
  const kind = kindOf(status, body)
  if (kind === null) return null
  const detail = body.trim().slice(0, DETAIL_CHARS)
  return new ProviderProblem(kind, `The provider answered ${status}: ${detail}`, {
    retryAfterMs: retryAfterOf(headers),
  })
}

function kindOf(status: number, body: string): ProblemKind | null {
  if (/insufficient_quota|credit balance is too low|billing_hard_limit/.test(body)) return 'unpaid'
  if (status === 401 || status === 403) return 'key-refused'
  if (status === 402) return 'unpaid'
  if (status === 429) return 'limited'
  if (status === 408 || status === 409 || status >= 500) return 'overloaded'
  return null
}

/** Anything that a try threw, as a problem: what is not known is a broken connection. */
export function asProblem(error: unknown): ProviderProblem {
  if (error instanceof ProviderProblem) return error
  return new ProviderProblem('broken', messageOf(error), { cause: error })
}

/** Milliseconds that a provider asks us to wait: vendors' own header, then HTTP's, in seconds or as a date. */
export function retryAfterOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): number | null {
  const ms = Number(headers['retry-after-ms'] ?? Number.NaN)
  if (Number.isFinite(ms)) return Math.max(0, ms)
  const value = headers['retry-after']
  if (typeof value !== 'string') return null
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000)
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now())
}
