import { Readable } from 'node:stream'
import type { User } from './credentials.ts'
import { type QueryRequest, type RequestHead, readInsert, readQuery } from './query-request.ts'
import { bodyParts, readBody } from './request-body.ts'
import type { RowSpool, SpooledRows } from './row-spool.ts'

export interface QueryCall extends RequestHead {
  readonly body: Readable
}

export interface ReceiveOptions {
  readonly spool: RowSpool
  readonly user: User
  readonly maxBodyBytes: number
  /** Told of every piece of the body. */
  readonly onBytes: (bytes: number) => void
}

export interface Received {
  readonly query: QueryRequest
  /** The rows of a writer's INSERT, to be disposed of after it. */
  readonly rows: SpooledRows | undefined
}

/**
 * Reads a request to the end of its body. The rows of an INSERT go to the spool; when the URL has
 * the INSERT itself they never are in memory as a whole.
 *
 * @returns `undefined` for a GET that asks nothing.
 * @throws EngineException, see {@link bodyParts} and {@link readQuery}.
 */
export async function receiveQuery(
  call: QueryCall,
  { spool, user, maxBodyBytes, onBytes }: ReceiveOptions,
): Promise<Received | undefined> {
  if (call.method !== 'POST') {
    if (!call.url.has('query')) return undefined
    return { query: readQuery(call, Buffer.alloc(0)), rows: undefined }
  }
  const encoding = call.headers['content-encoding'] ?? ''
  const parts = counted(bodyParts(call.body, encoding, maxBodyBytes), onBytes)
  const insert = readInsert(call)
  if (insert?.rows !== undefined) {
    // A reader will hear that it may not; nothing has to be kept for that.
    const keep = user.role === 'writer'
    return { query: insert, rows: keep ? await spool.put(joined(insert.rows, parts)) : undefined }
  }
  const query = readQuery(call, await readBody(parts))
  if (query.rows === undefined || user.role !== 'writer') return { query, rows: undefined }
  return { query, rows: await spool.put(Readable.from([query.rows], { objectMode: true })) }
}

async function* joined(inUrl: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  // Spaces behind the INSERT in the URL are no rows.
  if (inUrl.toString('latin1').trim() !== '') yield inUrl
  yield* rest
}

async function* counted(
  parts: AsyncIterable<Buffer>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const part of parts) {
    onBytes(part.length)
    yield part
  }
}
