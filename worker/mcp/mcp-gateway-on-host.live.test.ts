import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { McpServer, Task } from '../../tasks/task.ts'
import type { TemporaryFolder } from '../../tasks/task-fixture.ts'
import { madeRun, madeTask, plainAccess, played } from '../../test/support/agent-run.ts'
import { eventually } from '../../test/support/eventually.ts'
import { localSandbox } from '../../test/support/local-sandbox.ts'
import { startLoopModel } from '../../test/support/loop-model.ts'
import type { McpEndpoint, NewEvent } from '../agents/agent.ts'
import { loopAgent } from '../agents/loop/loop-agent.ts'
import { mcpGateway } from './mcp-gateway.ts'
import type { TrialMcpOptions } from './trial-mcp.ts'

const PROGRAM = join(import.meta.dirname, '../../test/fixtures/mcp/tools-server.ts')

let task: Task
let folder: TemporaryFolder
let http: Server
let url: string
const gateway = mcpGateway()
beforeAll(async () => {
  ;({ task, folder } = await madeTask())
  http = createServer(async (request, response) => {
    if (!(await gateway.handle(request, response))) response.writeHead(418).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => http.once('listening', resolve))
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
})
afterAll(async () => {
  http.closeAllConnections()
  http.close()
  await folder[Symbol.asyncDispose]()
})

/** Where this run keeps compiled code, if it does: a server starts in half the time. */
const { NODE_COMPILE_CACHE: compiled } = process.env

/** The environment reaches it by `env`, since servers have none but the container's. */
const stdio = (name: string, log = '/dev/null'): McpServer => {
  const keep = compiled === undefined ? [] : [`NODE_COMPILE_CACHE=${compiled}`]
  const args = [`MCP_TEST_LOG=${log}`, ...keep, process.execPath, PROGRAM, 'stdio']
  return { name, transport: 'stdio', command: 'env', args }
}

const withServers = (...mcpServers: readonly McpServer[]): Task => ({
  ...task,
  environment: { ...task.environment, mcpServers },
})

let keys = 0
async function open(mcpServers: readonly McpServer[], changes: Partial<TrialMcpOptions> = {}) {
  keys += 1
  const events: NewEvent[] = []
  const sandbox = localSandbox(folder.path)
  const trial = await gateway.open({
    sandbox,
    task: withServers(...mcpServers),
    key: `key-${keys}`,
    url,
    insideUrl: 'http://127.0.0.1:1',
    recorder: { record: (event) => void events.push(event), flush: async () => undefined },
    callTimeoutMs: 20_000,
    ...changes,
  })
  return {
    trial,
    events,
    sandbox,
    async [Symbol.asyncDispose]() {
      await trial[Symbol.asyncDispose]()
      await sandbox[Symbol.asyncDispose]()
    },
  }
}

async function clientOf({ url, headers }: McpEndpoint) {
  const client = new Client({ name: 'test', version: '1' })
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { ...headers } },
  })
  await client.connect(transport as Transport)
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() })
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('a stdio server of the task is offered over HTTP, and each call is recorded', async () => {
  await using opened = await open([stdio('to ols')])
  const [endpoint] = opened.trial.endpoints
  expect(endpoint).toMatchObject({
    name: 'to ols',
    url: `${url}/mcp/to%20ols`,
    insideUrl: 'http://127.0.0.1:1/mcp/to%20ols',
  })
  await using client = await clientOf(endpoint as McpEndpoint)
  expect(client.getServerVersion()).toEqual({ name: 'tools', version: '1.2.3' })
  expect(client.getInstructions()).toBe('Add with add.')
  const { tools } = await client.listTools()
  expect(tools.map(({ name }) => name)).toEqual(['add', 'fail', 'die', 'hang', 'meta', 'picture'])

  const added = await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } })
  expect(added.content).toEqual([{ type: 'text', text: '5' }])
  expect((await client.callTool({ name: 'fail' })).isError).toBe(true)
  await client.callTool({ name: 'picture' })
  await expect(client.callTool({ name: 'no-such' })).rejects.toThrow('no tool no-such')

  expect(opened.events.map(({ kind, tool }) => `${kind} ${tool}`)).toEqual([
    'tool-call mcp:to ols/add',
    'tool-result mcp:to ols/add',
    'tool-call mcp:to ols/fail',
    'tool-result mcp:to ols/fail',
    'tool-call mcp:to ols/picture',
    'tool-result mcp:to ols/picture',
    'tool-call mcp:to ols/no-such',
    'tool-result mcp:to ols/no-such',
  ])
  expect(opened.events[0]?.body).toBe('{"a":2,"b":3}')
  expect(opened.events[1]?.body).toContain('"text":"5"')
  expect(opened.events[1]?.meta).toMatchObject({ failed: false })
  expect(opened.events[3]?.meta).toMatchObject({ failed: true })
  expect(opened.events[5]?.body).toContain('4000 characters of base64')
  expect(opened.events[7]).toMatchObject({ meta: { failed: true } })
  expect(opened.events[7]?.body).toContain('no tool no-such')
})

test.each(['http', 'sse'] as const)(
  'a server over %s on the loopback is reached through a command, also when it comes up late',
  async (kind) => {
    const port = await freePort()
    const transport = kind === 'http' ? 'streamable-http' : 'sse'
    const server = { name: 'net', transport, url: `http://127.0.0.1:${port}/` } as const
    const opening = open([server])
    const running = spawn(process.execPath, [PROGRAM, kind, String(port)], { stdio: 'ignore' })
    try {
      await using opened = await opening
      await using client = await clientOf(opened.trial.endpoints[0] as McpEndpoint)
      const sums = [1, 2, 3].map((a) => client.callTool({ name: 'add', arguments: { a, b: 1 } }))
      const texts = (await Promise.all(sums)).map(({ content }) => content)
      expect(texts).toEqual(['2', '3', '4'].map((text) => [{ type: 'text', text }]))
    } finally {
      running.kill()
    }
  },
)

test('a server that ends is started once more, which is recorded; the call is not repeated', async () => {
  const log = folder.at('starts')
  await using opened = await open([stdio('tools', log)])
  await using client = await clientOf(opened.trial.endpoints[0] as McpEndpoint)
  await expect(client.callTool({ name: 'die' })).rejects.toThrow('the server was lost')
  const added = await client.callTool({ name: 'add', arguments: { a: 1, b: 1 } })
  expect(added.content).toEqual([{ type: 'text', text: '2' }])
  expect((await readFile(log, 'utf8')).trim().split('\n')).toHaveLength(2)
  const notes = () => opened.events.filter(({ kind }) => kind === 'note').map(({ body }) => body)
  expect(notes()).toEqual([expect.stringContaining('started again')])
  expect(notes()[0]).toContain('a bug in tools-server')

  await expect(client.callTool({ name: 'die' })).rejects.toThrow('the server was lost')
  await expect(client.callTool({ name: 'add' })).rejects.toThrow('lost')
  expect((await readFile(log, 'utf8')).trim().split('\n')).toHaveLength(2)
  await eventually('the second loss is recorded', () =>
    notes().some((body) => /again:/.test(body ?? '')),
  )
})

test('one that does not start says why, and leaves nothing running', async () => {
  const log = folder.at('left')
  const bad: McpServer = {
    name: 'bad',
    transport: 'stdio',
    command: 'bash',
    args: ['-c', 'echo "no such database" >&2; exit 2'],
  }
  const failing = open([stdio('good', log), bad])
  await expect(failing).rejects.toMatchObject({
    code: 'mcp.start-failed',
    message: expect.stringContaining('no such database'),
    facts: { server: 'bad', transport: 'stdio' },
  })
  const pids = (await readFile(log, 'utf8')).trim().split('\n').map(Number)
  const isAlive = (pid: number) => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  await eventually('the good one is gone too', () => !pids.some(isAlive))
  const nobody = { name: 'net', transport: 'sse', url: 'http://127.0.0.1:9/' } as const
  await expect(open([nobody], { startMs: 2_000 })).rejects.toMatchObject({
    code: 'mcp.start-failed',
    message: expect.stringContaining('Connection refused'),
  })
})

test('a server that answers nothing is given up at its limit', async () => {
  const mute: McpServer = { name: 'mute', transport: 'stdio', command: 'sleep', args: ['43218'] }
  const startedAt = performance.now()
  await expect(open([mute], { startMs: 200 })).rejects.toMatchObject({ code: 'mcp.start-failed' })
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})

test('a key opens its own trial, while it is open, and nothing else', async () => {
  const ask = async (path: string, key: string | null) => {
    const authorization = key === null ? {} : { authorization: `Bearer ${key}` }
    const init = { method: 'POST', headers: { ...authorization }, body: '{}' }
    return (await fetch(`${url}${path}`, init)).status
  }
  const one = await open([stdio('tools')])
  await using other = await open([stdio('others')])
  const [mine] = one.trial.endpoints
  const [others] = other.trial.endpoints
  const key = mine?.headers.authorization?.slice('Bearer '.length) ?? ''
  expect(await ask('/mcp/tools', null)).toBe(401)
  expect(await ask('/mcp/tools', 'made-up')).toBe(401)
  expect(await ask('/mcp/others', key)).toBe(404)
  expect(await ask('/mcp/%zz', key)).toBe(404)
  expect(await ask('/v1/messages', key)).toBe(418)
  expect(others?.name).toBe('others')
  const get = await fetch(`${url}/mcp/tools`, { headers: { ...mine?.headers } })
  expect(get.status).toBe(405)
  await one[Symbol.asyncDispose]()
  expect(await ask('/mcp/tools', key)).toBe(401)
})

test('a client whose key is expected waits until the servers of its attempt run again', async () => {
  const headers = { authorization: 'Bearer key-of-before' }
  const endpoint = { name: 'tools', url: `${url}/mcp/tools`, insideUrl: null, headers }
  gateway.expect('key-of-before')
  const connecting = clientOf(endpoint)
  const stranger = { ...endpoint, headers: { authorization: 'Bearer key-of-nobody' } }
  await expect(clientOf(stranger)).rejects.toThrow('opens no MCP server')
  await using _opened = await open([stdio('tools')], { key: 'key-of-before' })
  await using client = await connecting
  const added = await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } })
  expect(added.content).toEqual([{ type: 'text', text: '5' }])
})

test('a call is kept before its server hears of it, its result before the agent does', async () => {
  const kept: string[] = []
  const keeping: PromiseWithResolvers<void>[] = []
  const recorder = {
    record: ({ kind }: NewEvent) => void kept.push(kind),
    flush() {
      const turn = Promise.withResolvers<void>()
      keeping.push(turn)
      return turn.promise
    },
  }
  const log = folder.at('calls')
  await using opened = await open([stdio('tools', log)], { recorder })
  await using client = await clientOf(opened.trial.endpoints[0] as McpEndpoint)
  let isAnswered = false
  const dying = client.callTool({ name: 'die' }).catch(() => {
    isAnswered = true
  })
  await eventually('the call is being kept', () => keeping.length === 1)
  await client.listTools()
  // A server that had heard of it would have been started again, which is noted.
  expect(kept).toEqual(['tool-call'])
  keeping[0]?.resolve()
  await eventually('its end is being kept', () => keeping.length === 2)
  expect(kept.filter((kind) => kind !== 'note')).toEqual(['tool-call', 'tool-result'])
  await client.listTools()
  expect(isAnswered).toBe(false)
  keeping[1]?.resolve()
  await dying
  expect(isAnswered).toBe(true)
})

describe('one server that stays up', () => {
  let opened: Awaited<ReturnType<typeof open>>
  beforeAll(async () => {
    opened = await open([stdio('my.tools')])
  })
  afterAll(() => opened[Symbol.asyncDispose]())
  /** The tools that were called so far. */
  const calls = () =>
    opened.events.flatMap(({ kind, tool = '' }) =>
      kind === 'tool-call' ? [tool.slice(tool.indexOf('/') + 1)] : [],
    )

  test("what a client sends beside a call's arguments goes on, but for its way back", async () => {
    await using client = await clientOf(opened.trial.endpoints[0] as McpEndpoint)
    const told = async (params: object) => {
      const call = { name: 'meta', ...params }
      return (await client.callTool(call, undefined, { onprogress: () => undefined })).content
    }
    expect(await told({})).toEqual([{ type: 'text', text: 'null' }])
    expect(await told({ _meta: { mine: 1 } })).toEqual([{ type: 'text', text: '{"mine":1}' }])
  })

  test('a call that its client gives up is given up, and the record says so', async () => {
    await using client = await clientOf(opened.trial.endpoints[0] as McpEndpoint)
    const abort = new AbortController()
    const hanging = client.callTool({ name: 'hang' }, undefined, { signal: abort.signal })
    await eventually('the call is recorded', () => calls().includes('hang'))
    abort.abort()
    await expect(hanging).rejects.toThrow()
    await client.close()
    await using second = await clientOf(opened.trial.endpoints[0] as McpEndpoint)
    expect((await second.callTool({ name: 'add', arguments: { a: 1, b: 2 } })).content).toEqual([
      { type: 'text', text: '3' },
    ])
  })

  test('the agent loop uses the tools of the task by their own names', async () => {
    await using model = await startLoopModel(({ messages }) =>
      messages.some(({ role }) => role === 'tool')
        ? { text: 'done' }
        : {
            calls: [
              { tool: 'mcp__my_tools__add', input: { a: 20, b: 22 } },
              { tool: 'mcp__my_tools__picture', input: {} },
              { tool: 'mcp__my_tools__fail', input: {} },
            ],
          },
    )
    const { sandbox, trial } = opened
    const before = calls().length
    const run = madeRun({ task, sandbox }, { access: plainAccess(model.url), mcp: trial.endpoints })
    const { end, events } = await played(loopAgent(), run)
    expect(end.outcome).toBe('scored')
    const results = events.filter(({ kind }) => kind === 'tool-result')
    const byTool = Object.fromEntries(results.map(({ tool, body }) => [tool, body]))
    expect(byTool).toEqual({
      mcp__my_tools__add: '42',
      mcp__my_tools__picture: '[image image/png of 4000 base64 characters left out]',
      mcp__my_tools__fail: 'it failed',
    })
    expect(calls().slice(before)).toEqual(['add', 'picture', 'fail'])
  })
})
