import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect as connectNats } from '@nats-io/transport-node'
import { Client, Connection } from '@temporalio/client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { HOME_FORMAT, openHome } from './home.ts'
import { isRunning, recordOf } from './process-record.ts'
import {
  behaved,
  broken,
  scriptedHome,
  scriptedLayout,
  stubborn,
  waiting,
} from './scripted-stack.ts'
import { down, readAddresses, stackStatus } from './stack.ts'
import { lastLines } from './stack-logs.ts'
import { SupervisorStart } from './start-supervisor.ts'

const within = { timeout: 30_000, interval: 25 }
/** What waits for a time limit somewhere takes longer; how fast it is on a quiet machine is a bench. */
const HANGS_MS = 30_000

async function pidOf(home: string, name: string): Promise<number> {
  const { parts } = await stackStatus(home)
  return parts.find((part) => part.name === name)?.pid ?? 0
}

async function elapsedMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

test('what Temporal and JetStream were given is there after down and up', async () => {
  const { home, start } = await scriptedHome()
  const layout = scriptedLayout({ coordinator: behaved }, ['temporal', 'nats'])
  const first = await start(layout)
  {
    await using nats = await openNats(first.addresses.nats)
    const manager = await jetstreamManager(nats.connection)
    await manager.streams.add({ name: 'KEPT', subjects: ['kept'], storage: 'file' })
    await jetstream(nats.connection).publish('kept', 'a word')
    await using temporal = await openTemporal(first.addresses.temporal)
    await temporal.client.workflow.start('anything', { taskQueue: 'nobody', workflowId: 'kept' })
  }
  expect(await elapsedMs(() => down(home))).toBeLessThan(HANGS_MS)
  await expect(readAddresses(home)).rejects.toMatchObject({
    code: 'stack.not-running',
    message: expect.stringContaining('sbench up'),
  })

  let again = first
  expect(await elapsedMs(async () => (again = await start(layout)))).toBeLessThan(HANGS_MS)
  expect(again.addresses).toEqual(first.addresses)
  await using nats = await openNats(again.addresses.nats)
  const message = await (await jetstreamManager(nats.connection)).streams.getMessage('KEPT', {
    last_by_subj: 'kept',
  })
  expect(message?.string()).toBe('a word')
  await using temporal = await openTemporal(again.addresses.temporal)
  const { status } = await temporal.client.workflow.getHandle('kept').describe()
  expect(status.name).toBe('RUNNING')
})

test('a part killed with -9 runs again, and the others never noticed', async () => {
  const { home, start } = await scriptedHome()
  await start(scriptedLayout({ coordinator: behaved, worker: behaved }))
  const [killed, other] = [await pidOf(home, 'worker'), await pidOf(home, 'coordinator')]
  process.kill(killed, 'SIGKILL')
  await vi.waitFor(async () => {
    const { parts } = await stackStatus(home)
    const worker = parts.find((part) => part.name === 'worker')
    expect(worker).toMatchObject({ state: 'ready', restarts: 1, lastEnd: 'SIGKILL' })
    expect(worker?.pid).not.toBe(killed)
  }, within)
  expect(await pidOf(home, 'coordinator')).toBe(other)
})

test('when the supervisor is killed with -9, its parts end, and up starts anew', async () => {
  const { home, start } = await scriptedHome()
  const layout = scriptedLayout({ coordinator: behaved, worker: stubborn }, ['nats'])
  await start(layout)
  const { supervisor, parts } = await stackStatus(home)
  process.kill(supervisor?.pid ?? 0, 'SIGKILL')
  await vi.waitFor(async () => {
    // The one that ignores SIGTERM is known as left over; no record of it outlives the next up.
    expect(await stackStatus(home)).toMatchObject({ running: false, leftovers: ['worker'] })
  }, within)
  const again = await start(layout)
  expect(again.started).toBe(true)
  for (const part of parts) expect(recordOf(part.pid ?? 0)).toBeUndefined()
})

test('a part that ignores SIGTERM does not keep down from ending in five seconds', async () => {
  const { home, start } = await scriptedHome()
  await start(scriptedLayout({ worker: stubborn, sink: stubborn }))
  const record = recordOf(await pidOf(home, 'worker'))
  expect(await elapsedMs(() => down(home))).toBeLessThan(HANGS_MS)
  expect(record !== undefined && isRunning(record)).toBe(false)
  expect(await down(home)).toBe(false)
})

test('two first ups at once give one stack; a third with other settings is refused', async () => {
  const { home, start } = await scriptedHome()
  const layout = scriptedLayout({ coordinator: behaved })
  const said: string[] = []
  const say = (line: string) => said.push(line)
  const stacks = await Promise.all([start(layout, { say }), start(layout, { say })])
  expect(stacks.map((stack) => stack.started).sort()).toEqual([false, true])
  expect(stacks[0]?.addresses).toEqual(stacks[1]?.addresses)
  expect(said.join()).toContain('waiting')
  await expect(start(layout, { workers: 7 })).rejects.toMatchObject({
    code: 'stack.folder-in-use',
    message: expect.stringContaining('sbench down'),
  })
  expect((await stackStatus(home)).running).toBe(true)
})

test('a part that keeps ending fails the start with its last words and leaves nothing running', async () => {
  const { home, start } = await scriptedHome()
  await expect(start(scriptedLayout({ coordinator: behaved, sink: broken }))).rejects.toMatchObject(
    {
      code: 'stack.part-failed',
      facts: { part: 'sink' },
      message: expect.stringMatching(/exit code 3[\s\S]*no luck today/),
    },
  )
  expect(await stackStatus(home)).toMatchObject({ running: false, leftovers: [] })
  expect(await lastLines(home, 'sink', 1)).toBe('no luck today')
})

test('a part that never gets ready fails the start with what keeps it', async () => {
  const { home, start } = await scriptedHome()
  await expect(
    start(scriptedLayout({ sink: waiting }), { readyTimeoutMs: 3_000 }),
  ).rejects.toMatchObject({
    code: 'stack.part-failed',
    message: expect.stringMatching(/sink was not ready after 3 s .*ECONNREFUSED/),
  })
  expect((await stackStatus(home)).running).toBe(false)
})

test('a start that is stopped leaves nothing running, whenever that is', async () => {
  const { home, start } = await scriptedHome()
  const stopped = { code: 'stack.not-running', message: expect.stringContaining('was stopped') }
  const layout = scriptedLayout({ coordinator: behaved, sink: waiting })
  const late = new AbortController()
  const starting = start(layout, { signal: late.signal })
  const expected = expect(starting).rejects.toMatchObject(stopped)
  await vi.waitUntil(async () => (await pidOf(home, 'coordinator')) > 0, within)
  late.abort()
  await expected
  expect(await stackStatus(home)).toMatchObject({ running: false, leftovers: [] })
  const early = new AbortController()
  const say = (line: string) => line.startsWith('starting ') && early.abort()
  for (const signal of [early.signal, AbortSignal.abort()]) {
    await expect(start(layout, { signal, say })).rejects.toMatchObject(stopped)
    expect(await stackStatus(home)).toMatchObject({ running: false, leftovers: [] })
  }
})

test('a supervisor that is never told what to run ends, and has touched nothing', async () => {
  const { home: folder } = await scriptedHome()
  const home = await openHome(folder)
  const start = await SupervisorStart.begin(home, process.env)
  const { record } = start
  if (record === undefined) throw new Error('no supervisor was started')
  start[Symbol.dispose]()
  await vi.waitUntil(() => !isRunning(record), within)
  expect(await lastLines(folder, 'supervisor', 5)).toBe('')
  expect(await stackStatus(folder)).toMatchObject({ running: false, leftovers: [] })
})

test('a remembered port that was taken meanwhile is left to its holder until new ports are asked for', async () => {
  const { home, start } = await scriptedHome()
  const layout = scriptedLayout({ coordinator: behaved })
  const { parts } = await start(layout)
  await down(home)
  const port = parts[0]?.port ?? 0
  const squatter = createServer().listen(port, '127.0.0.1')
  onTestFinished(() => void squatter.close())
  await expect(start(layout)).rejects.toMatchObject({ code: 'port.taken' })
  const moved = await start(layout, { newPorts: true })
  expect(moved.parts[0]?.port).not.toBe(port)
})

test('a folder that a later release has used is refused by every command', async () => {
  const { home, start } = await scriptedHome()
  await writeFile(join(home, 'format.json'), JSON.stringify({ format: HOME_FORMAT + 1 }))
  const newer = { code: 'stack.folder-newer' }
  await expect(start(scriptedLayout({}))).rejects.toMatchObject(newer)
  await expect(down(home)).rejects.toMatchObject(newer)
  await expect(stackStatus(home)).rejects.toMatchObject(newer)
  await writeFile(join(home, 'format.json'), JSON.stringify({ format: HOME_FORMAT }))
})

async function openNats(servers: string) {
  const connection = await connectNats({ servers })
  return { connection, [Symbol.asyncDispose]: () => connection.close() }
}

async function openTemporal(address: string) {
  const connection = await Connection.connect({ address })
  return { client: new Client({ connection }), [Symbol.asyncDispose]: () => connection.close() }
}
