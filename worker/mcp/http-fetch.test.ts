import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { httpFetch } from './http-fetch.ts'

async function serving(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const server: Server = createServer(handle).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('a request goes over the connection that was made for it, wherever its URL points', async () => {
  await using inside = await serving((_, response) => response.end('inside'))
  await using outside = await serving((_, response) => response.end('outside'))
  const fetch = httpFetch({ connect: async () => connect(inside.port, '127.0.0.1') })
  const answer = await fetch(`http://127.0.0.1:${outside.port}/`)
  expect(await answer.text()).toBe('inside')
})

test('method, headers, body and status go over, and the answer comes as it is written', async () => {
  await using server = await serving(async (request, response) => {
    const { method, url, headers } = request
    const seen = { method, url, made: headers['x-made'], length: headers['content-length'] }
    response.writeHead(418, { 'x-answer': 'yes' })
    response.write(JSON.stringify({ ...seen, body: await text(request) }))
    setImmediate(() => response.end('!'))
  })
  const init = { method: 'POST', headers: { 'x-made': 'up' }, body: 'größe' }
  const answer = await httpFetch()(`http://127.0.0.1:${server.port}/a?b=c`, init)
  expect([answer.status, answer.headers.get('x-answer')]).toEqual([418, 'yes'])
  const seen = { method: 'POST', url: '/a?b=c', made: 'up', length: '7', body: 'größe' }
  expect(await answer.text()).toBe(`${JSON.stringify(seen)}!`)
})

test('an answer without a body is one, and a redirect is an answer', async () => {
  await using server = await serving((request, response) => {
    response.writeHead(request.url === '/moved' ? 302 : 204, { location: '/elsewhere' }).end()
  })
  const fetch = httpFetch()
  expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(204)
  expect((await fetch(`http://127.0.0.1:${server.port}/moved`)).status).toBe(302)
})

test('its signal ends a request that waits, and an answer that is being read', async () => {
  await using server = await serving((request, response) => {
    if (request.url === '/begins') response.writeHead(200).write('begun')
  })
  const abort = new AbortController()
  const waiting = httpFetch()(`http://127.0.0.1:${server.port}/waits`, { signal: abort.signal })
  const begun = await httpFetch()(`http://127.0.0.1:${server.port}/begins`, {
    signal: abort.signal,
  })
  const reading = begun.text()
  abort.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  await expect(reading).rejects.toThrow()
})

test('nobody there is an error that says so', async () => {
  await expect(httpFetch()('http://127.0.0.1:1/')).rejects.toThrow('ECONNREFUSED')
})
