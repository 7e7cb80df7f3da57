import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { messageOf } from '../../core/failure.ts'
import { request } from '../../core/node-http.ts'

/** How to ask a part whether it is ready: a page that answers 200, or a port that accepts. */
export const readinessSchema = z.union([
  z.object({ url: z.url() }),
  z.object({ tcp: z.object({ host: z.string(), port: z.int() }) }),
])
export type Readiness = z.output<typeof readinessSchema>

const PROBE_MS = 2_000
const LONGEST_REASON = 300

/** Asks once. @returns null when the part is ready, else what it, or its silence, says. */
export async function whyNotReady(readiness: Readiness): Promise<string | null> {
  if ('tcp' in readiness) return whyNotAccepted(readiness.tcp.host, readiness.tcp.port)
  try {
    const { status, body } = await get(readiness.url)
    if (status === 200) return null
    return body.trim().slice(0, LONGEST_REASON) || `HTTP ${status}`
  } catch (error) {
    return messageOf(error)
  }
}

/** Not by fetch, which takes a tenth of a core-second to load. */
function get(url: string): Promise<{ readonly status: number | undefined; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false }, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode, body }), reject)
    })
    const late = setTimeout(() => asked.destroy(new Error(`no answer in ${PROBE_MS} ms`)), PROBE_MS)
    asked.once('close', () => clearTimeout(late))
    asked.once('error', reject)
    asked.end()
  })
}

function whyNotAccepted(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PROBE_MS })
    const done = (reason: string | null) => {
      socket.destroy()
      resolve(reason)
    }
    socket.once('connect', () => done(null))
    socket.once('error', (error) => done(error.message))
    socket.once('timeout', () => done(`${host}:${port} does not answer`))
  })
}
