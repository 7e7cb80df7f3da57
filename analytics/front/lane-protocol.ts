/** What the front asks of a lane's thread, one thing at a time. */
export type LaneRequest =
  | ({ readonly kind: 'start' } & LaneWork)
  | { readonly kind: 'next' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'reset' }

/** One query on a lane's connection. */
export interface LaneWork {
  /** Statements to run first: `SET …`, `USE …`. */
  readonly setup: readonly string[]
  readonly sql: string
  readonly format: string
  /** `stream` hands the result out in portions, `whole` at once, `insert` has none. */
  readonly mode: 'stream' | 'whole' | 'insert'
}

/** A part of a result; the last one says so. */
export interface Portion {
  readonly bytes?: Uint8Array<ArrayBuffer> | undefined
  readonly rows: number
  readonly last: boolean
  /** Present when the engine tells: not for streams. */
  readonly stats?: LaneStats | undefined
}

export interface LaneStats {
  readonly readRows: number
  readonly readBytes: number
  readonly writtenRows: number
  readonly writtenBytes: number
}

/** `error` carries the engine's text. */
export type LaneReply = { readonly portion: Portion } | { readonly error: string }
