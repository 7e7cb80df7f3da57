import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Transform, Writable } from 'node:stream'
import { compressor, type Encoding } from './compression.ts'

/**
 * Between an exception in a body and the end of its connection. Some megabytes of rows may still lie
 * between the two ends then; a client that is done with them closes by itself, and waits for nothing.
 */
const BREAK_MS = 5_000

export interface ReplyHead {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly encoding?: { readonly name: Encoding; readonly level: number } | undefined
}

/**
 * One HTTP response as ClickHouse makes them: progress as headers while the query runs, a body with
 * back-pressure, and, should the query fail in its middle, a body that visibly breaks off.
 */
export class Reply {
  readonly #response: ServerResponse
  readonly #gone = new AbortController()
  #wire: Writable | undefined
  #compressor: Transform | undefined
  #dribbled = false
  #finished = false
  /** Bytes of the body so far, before compression. */
  bytes = 0

  constructor(response: ServerResponse) {
    this.#response = response
    response.once('close', () => {
      if (!this.#finished) this.#gone.abort()
    })
  }

  /** Aborted when the client leaves before it has everything. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** Whether the status is on its way, so that a failure cannot change it any more. */
  get begun(): boolean {
    return this.#wire !== undefined
  }

  /**
   * Sends one header ahead of the others, and with it the status 200. Node only sends heads whole,
   * so from here on this response is written to its socket by hand, and the connection ends with it.
   */
  dribble(name: string, value: string): void {
    const socket = this.#response.socket
    if (this.begun || socket === null || socket.destroyed) return
    if (!this.#dribbled) socket.write('HTTP/1.1 200 OK\r\n')
    this.#dribbled = true
    socket.write(`${name}: ${value}\r\n`)
  }

  /** Sends the head. After {@link dribble} its status has been sent already, and is left out. */
  begin({ status, headers, encoding }: ReplyHead): void {
    const all = encoding ? { ...headers, 'Content-Encoding': encoding.name } : headers
    const socket = this.#response.socket
    if (this.#dribbled && socket !== null) {
      const lines = Object.entries(all)
        .filter(([name]) => name !== 'Content-Length')
        .map(([name, value]) => `${name}: ${value}\r\n`)
      socket.write(`${lines.join('')}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n`)
      this.#wire = chunked(socket)
    } else {
      this.#response.writeHead(status, all)
      this.#wire = this.#response
    }
    this.#wire.on('error', () => this.#gone.abort())
    if (encoding === undefined) return
    this.#compressor = compressor(encoding.name, encoding.level)
    this.#compressor.on('error', () => this.#gone.abort())
    this.#compressor.pipe(this.#wire, { end: false })
  }

  /** Waits while the client is slower than the query. */
  async write(bytes: Uint8Array): Promise<void> {
    const out = this.#compressor ?? this.#wire
    this.bytes += bytes.length
    if (bytes.length === 0 || this.gone.aborted || out === undefined) return
    if (!out.write(bytes)) await this.#unlessGone(once(out, 'drain', { signal: this.gone }))
  }

  async end(): Promise<void> {
    const wire = this.#wire
    if (wire === undefined) return
    await this.#drain()
    if (this.gone.aborted) return
    this.#finished = true
    wire.end()
  }

  /**
   * Ends a begun body with an exception: the block goes out whole, and the connection ends without
   * the end of the body. A moment later, for a client that sees the end at once throws away what it
   * has not looked at yet, and the exception with it.
   */
  async breakOff(block: Uint8Array): Promise<void> {
    const wire = this.#wire
    if (wire === undefined) return
    await this.write(block)
    await this.#drain()
    if (this.gone.aborted) return
    this.#finished = true
    const { socket } = this.#response
    const timer = setTimeout(() => socket?.end(), BREAK_MS)
    socket?.once('close', () => clearTimeout(timer))
  }

  async #drain(): Promise<void> {
    const [wire, packing] = [this.#wire, this.#compressor]
    if (packing !== undefined && !this.gone.aborted) {
      const ended = once(packing, 'end', { signal: this.gone })
      packing.end()
      await this.#unlessGone(ended)
    }
    if (wire?.writableNeedDrain && !this.gone.aborted) {
      await this.#unlessGone(once(wire, 'drain', { signal: this.gone }))
    }
  }

  async #unlessGone(wait: Promise<unknown>): Promise<void> {
    try {
      await wait
    } catch (error) {
      if (!this.gone.aborted) throw error
    }
  }
}

/** @see RFC 9112, section 7.1. */
function chunked(socket: Socket): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      socket.write(`${chunk.length.toString(16)}\r\n`)
      socket.write(chunk)
      socket.write('\r\n', (error) => done(error))
    },
    final(done) {
      socket.end('0\r\n\r\n', () => done())
    },
  })
}
