import { randomUUID } from 'node:crypto'

export const JSON_TYPE = 'application/json'
export const EVENTS_TYPE = 'text/event-stream'

/** One server-sent event. */
export function sse(data: object, event?: string): string {
  const name = event === undefined ? '' : `event: ${event}\n`
  return `${name}data: ${JSON.stringify(data)}\n\n`
}

/** The id of an answer under a vendor's prefix, out of the provider's own where there is one. */
export function answerId(prefix: string, id: string | null): string {
  const own = (id ?? randomUUID().replaceAll('-', '')).replace(/^(msg_|chatcmpl-|resp_)/, '')
  return `${prefix}${own}`
}

export function newId(prefix: string): string {
  return `${prefix}${randomUUID().replaceAll('-', '')}`
}

/** Seconds since 1970, as OpenAI dates answers. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000)
}
