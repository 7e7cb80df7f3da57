import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TemporaryFolder } from '../tasks/task-fixture.ts'
import { eventually } from '../test/support/eventually.ts'
import type { DockerHost } from './docker-host.ts'
import { relayName } from './relay.ts'
import type { Sandbox, SandboxOptions } from './sandbox.ts'
import {
  leftovers,
  openTestHost,
  openTestHostWithRunner,
  sandboxOptions,
} from './sandbox-fixture.ts'

const PORT = 4100
const WITHIN = { timeoutMs: 90_000 }
const shell = (script: string) => ['bash', '-c', script]

let host: DockerHost
beforeAll(async () => {
  host = await openTestHostWithRunner(process.env)
})
afterAll(async () => {
  await host[Symbol.asyncDispose]()
  expect(await leftovers(host)).toEqual([])
})

/** Says each line back with a word of its own before it, and ends when the other side does. */
async function listenAt(path: string, word: string): Promise<Server & AsyncDisposable> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (data) => socket.write(`${word} ${data}`))
    socket.on('end', () => socket.end())
  })
  server.listen(path)
  await once(server, 'listening')
  return server
}

const call = (sandbox: Sandbox, line: string) => {
  const script = `exec 3<>/dev/tcp/127.0.0.1/${PORT}; echo ${line} >&3; read -r answer <&3; echo "$answer"`
  return sandbox.exec(shell(script), WITHIN)
}

const CASES: Record<string, Partial<SandboxOptions>> = {
  'alone on loopback': {},
  'with a lent loopback': { reuseLoopback: true },
  'with a public network': { network: 'public' },
}

test.each(Object.entries(CASES))(
  'a sandbox %s reaches the socket and goes as a whole',
  async (_, changes) => {
    await using folder = await TemporaryFolder.with({})
    const socketPath = folder.at('gateway.sock')
    await using _server = await listenAt(socketPath, 'heard')
    const relay = { socketPath, port: PORT }
    const sandbox = await host.start(sandboxOptions({ ...changes, relay }))
    expect((await call(sandbox, 'hello')).stdout.text).toBe('heard hello\n')
    const look = await sandbox.exec(shell('ls -A / /tmp /run; cat /proc/mounts'), WITHIN)
    expect(look.stdout.text).not.toContain('gateway')
    expect(look.stdout.text).not.toContain(folder.path)
    await sandbox[Symbol.asyncDispose]()
    const kept = (await leftovers(host)).filter((name) => !name.includes('loopback'))
    expect(kept).toEqual([])
  },
)

test('two hundred connections at once, and one of twenty megabytes', async () => {
  await using folder = await TemporaryFolder.with({})
  const socketPath = folder.at('gateway.sock')
  const server = await listenAt(socketPath, 'x')
  const relay = { socketPath, port: PORT }
  await using sandbox = await host.start(sandboxOptions({ relay, pidsLimit: 1_000, memoryMb: 512 }))
  const script = [
    'for n in $(seq 200); do (',
    `exec 3<>/dev/tcp/127.0.0.1/${PORT}; echo $n >&3; read -r x answer <&3; read -r _ </tmp/gate; echo $answer`,
    ') & done; wait',
  ].join(' ')
  await sandbox.exec(shell('mkfifo /tmp/gate'), WITHIN)
  const calling = sandbox.exec(shell(script), WITHIN)
  const open = () => new Promise<number>((resolve) => server.getConnections((_, n) => resolve(n)))
  await eventually('all are open', async () => (await open()) === 200)
  await sandbox.exec(shell('for n in $(seq 200); do echo; done >/tmp/gate'), WITHIN)
  const answers = (await calling).stdout.text.trim().split('\n').map(Number)
  expect(answers.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1))
  await server[Symbol.asyncDispose]()

  const mirror = createServer({ allowHalfOpen: true }, (socket) => void socket.pipe(socket))
  mirror.listen(socketPath)
  await once(mirror, 'listening')
  const much = [
    `exec 3<>/dev/tcp/127.0.0.1/${PORT}; head -c 20000000 /dev/zero >&3 &`,
    'head -c 20000000 <&3 | wc -c',
  ].join(' ')
  expect((await sandbox.exec(shell(much), WITHIN)).stdout.text).toBe('20000000\n')
  await mirror[Symbol.asyncDispose]()
})

test('while nobody listens a connection waits, and whoever listens next answers it', async () => {
  await using folder = await TemporaryFolder.with({})
  const socketPath = folder.at('gateway.sock')
  const relay = { socketPath, port: PORT }
  await using sandbox = await host.start(sandboxOptions({ relay }))
  const early = call(sandbox, 'early')
  await eventually('it is connected', async () => {
    const { stdout } = await sandbox.exec(['cat', '/proc/net/tcp'], WITHIN)
    return stdout.text.includes('0100007F:1004 01')
  })
  const first = await listenAt(socketPath, 'one')
  expect((await early).stdout.text).toBe('one early\n')
  await first[Symbol.asyncDispose]()
  const late = call(sandbox, 'late')
  await using _second = await listenAt(socketPath, 'two')
  expect((await late).stdout.text).toBe('two late\n')
})

test('a relay that dies is there again', async () => {
  await using folder = await TemporaryFolder.with({})
  const socketPath = folder.at('gateway.sock')
  await using _server = await listenAt(socketPath, 'heard')
  const options = sandboxOptions({ relay: { socketPath, port: PORT } })
  await using sandbox = await host.start(options)
  const container = host.docker.getContainer(relayName(options.identity))
  const { State, HostConfig } = await container.inspect()
  expect(HostConfig.PidsLimit).toBeGreaterThanOrEqual(64)
  process.kill(State.Pid, 'SIGKILL')
  await eventually('it answers', async () => {
    const { stdout } = await call(sandbox, 'again')
    return stdout.text === 'heard again\n'
  })
})

test('without the runner there is no relay, and the reason is said', async () => {
  await using bare = await openTestHost()
  const relay = { socketPath: '/tmp/none.sock', port: PORT }
  await expect(bare.start(sandboxOptions({ relay }))).rejects.toMatchObject({
    code: 'sandbox.start-failed',
    message: expect.stringContaining('runner'),
  })
  expect(await leftovers(bare)).toEqual([])
})
