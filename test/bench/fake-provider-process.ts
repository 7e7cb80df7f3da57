import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dialects } from '../../worker/gateway/dialects/dialects.ts'
import { partsOf } from '../support/fake-answer.ts'

/**
 * A provider that answers at once and with as little work as can be, so that what is measured is
 * the gateway. A prompt that begins with `slow` gets its answer in pieces over half a second; one
 * that begins with `hold` the first half, and the rest when the parent says `go`.
 */
const dialect = dialects['anthropic-messages']
const call = { kind: 'generate', model: 'model', stream: true, maxOutputTokens: null } as const
const pieces: string[] = []
const answer = {
  text: Array<string>(40).fill('some words '),
  tools: [{ name: 'bash', input: { command: 'ls' } }],
}
for await (const piece of dialect.write(partsOf(answer, 'model'), call)) pieces.push(piece)
const whole = Buffer.from(pieces.join(''))
const half = whole.subarray(0, whole.length / 2)
const rest = whole.subarray(whole.length / 2)
const held: (() => void)[] = []

const SLOW_PIECES = 10
const SLOW_PIECE_MS = 50

const server = createServer((request, response) => {
  let manner = ''
  request.once('data', (first: Buffer) => {
    manner = /"content":"(hold|slow) /.exec(first.toString('latin1'))?.[1] ?? ''
  })
  request.resume()
  request.once('end', () => {
    response.writeHead(200, { 'content-type': dialect.contentType(call) })
    response.write(half)
    if (manner === 'hold') held.push(() => response.end(rest))
    else if (manner === 'slow') dribble(response)
    else response.end(rest)
  })
})

function dribble(response: ServerResponse): void {
  const size = Math.ceil(rest.length / SLOW_PIECES)
  let at = 0
  const timer = setInterval(() => {
    response.write(rest.subarray(at, at + size))
    at += size
    if (at < rest.length) return
    clearInterval(timer)
    response.end()
  }, SLOW_PIECE_MS)
}

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.send?.({ url: `http://127.0.0.1:${port}`, keys: [] })
})
process.on('message', (message) => {
  if (message === 'go') for (const go of held) go()
  if (message === 'stop') process.exit(0)
})
