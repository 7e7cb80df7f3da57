import { parentPort, workerData } from 'node:worker_threads'
import { messageOf } from '../../core/failure.ts'
import { type Connection, loadEngineAddon, type StreamHandle } from './engine-addon.ts'
import type { LaneReply, LaneRequest, LaneWork, Portion } from './lane-protocol.ts'

/**
 * A lane's thread: owns one connection to the engine and does one thing after another on it.
 *
 * It never ends by itself. The addon tears the whole engine down when a thread that loaded it
 * ends while others use it, so lanes live as long as the process.
 */
const addon = loadEngineAddon()
const port = parentPort
if (port === null) throw new Error('lane-thread.ts runs as a worker thread')
const { folder } = workerData as { readonly folder: string }

/**
 * This entry alone reports what was written. Rows must never travel through it: a blank line in
 * them ends the INSERT, and the engine runs what follows as SQL.
 */
const NO_DATA = Uint8Array.of(0x20)

let connection: Connection = addon.CreateConnection(folder)
let stream: StreamHandle | undefined
let last: Promise<void> = Promise.resolve()

port.on('message', (request: LaneRequest) => {
  last = last.then(() => serve(request).then(reply, refuse))
})

function reply(portion: Portion): void {
  const message: LaneReply = { portion }
  port?.postMessage(message, portion.bytes === undefined ? [] : [portion.bytes.buffer])
}

function refuse(error: unknown): void {
  const message: LaneReply = { error: messageOf(error) }
  port?.postMessage(message)
}

async function serve(request: LaneRequest): Promise<Portion> {
  switch (request.kind) {
    case 'start':
      return start(request)
    case 'next':
      return fetch()
    case 'stop':
      return stop()
    case 'reset':
      return reset()
  }
}

async function start(work: LaneWork): Promise<Portion> {
  const { sql, format } = work
  for (const statement of work.setup) {
    await addon.QueryAsyncConnection(connection, statement, 'Null')
  }
  if (work.mode === 'insert') {
    const written = await addon.InsertRawAsyncConnection(connection, sql, NO_DATA, false)
    const { rowsWritten: writtenRows, bytesWritten: writtenBytes } = written
    const stats = { readRows: writtenRows, readBytes: writtenBytes, writtenRows, writtenBytes }
    return { rows: 0, last: true, stats }
  }
  if (work.mode === 'stream') {
    try {
      stream = addon.StreamQuery(connection, sql, format)
      return await fetch()
    } catch (error) {
      if (!messageOf(error).includes('Streaming query is not supported')) throw error
    }
  }
  const { bytes, rowsRead, bytesRead } = await addon.QueryAsyncConnection(connection, sql, format)
  const stats = { readRows: rowsRead, readBytes: bytesRead, writtenRows: 0, writtenBytes: 0 }
  return { bytes: portable(bytes), rows: 0, last: true, stats }
}

async function fetch(): Promise<Portion> {
  if (stream === undefined) return { rows: 0, last: true }
  try {
    const { bytes, numRows, done } = await addon.StreamFetch(stream)
    if (!done) return { bytes: portable(bytes), rows: numRows, last: false }
  } catch (error) {
    stream = undefined
    throw error
  }
  stream = undefined
  return { rows: 0, last: true }
}

async function stop(): Promise<Portion> {
  if (stream !== undefined) addon.StreamCancel(stream)
  stream = undefined
  return { rows: 0, last: true }
}

/** A connection that has seen nothing: what settings, tables or broken output there were is gone. */
async function reset(): Promise<Portion> {
  await stop()
  addon.CloseConnection(connection)
  connection = addon.CreateConnection(folder)
  return { rows: 0, last: true }
}

/** Memory can be handed to another thread only whole. */
function portable(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
}

reply({ rows: 0, last: true })
