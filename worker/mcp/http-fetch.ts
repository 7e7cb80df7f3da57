import { type Duplex, Readable } from 'node:stream'
import { request as httpRequest } from '../../core/node-http.ts'

export interface HttpFetchOptions {
  /** Makes the connection of a request; to the URL's own host when absent. */
  readonly connect?: () => Promise<Duplex>
}

/**
 * A `fetch` for plain HTTP without limits of time but the caller's signal, over any connection.
 * Node's own gives up five minutes after the last byte and cannot be told how to connect. Bodies
 * are strings or bytes; redirects are answers like any other.
 */
export function httpFetch({ connect }: HttpFetchOptions = {}): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const body = request.body === null ? null : Buffer.from(await request.arrayBuffer())
    const connection = connect === undefined ? null : await connect()
    return send(request, { body, connection })
  }
}

interface Sending {
  readonly body: Buffer | null
  readonly connection: Duplex | null
}

function send(request: Request, { body, connection }: Sending): Promise<Response> {
  const { method, signal } = request
  const headers = Object.fromEntries(request.headers)
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(request.url, {
      method,
      signal,
      headers: body === null ? headers : { ...headers, 'content-length': String(body.length) },
      // An agent, even `agent: false`, would open a connection of its own instead.
      ...(connection === null ? {} : { createConnection: () => connection }),
    })
    outgoing.once('error', (error) => {
      connection?.destroy()
      reject(signal.aborted ? signal.reason : error)
    })
    outgoing.once('response', (incoming) => {
      const status = incoming.statusCode ?? 0
      const bodyless = status === 204 || status === 205 || status === 304
      if (bodyless) incoming.resume()
      const answer = new Headers()
      for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
        answer.append(incoming.rawHeaders[at] ?? '', incoming.rawHeaders[at + 1] ?? '')
      }
      const content = bodyless ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>)
      resolve(new Response(content, { status, headers: answer }))
    })
    outgoing.end(body ?? undefined)
  })
}
