import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DockerHost } from './docker-host.ts'
import { openTestHost, sandboxOptions } from './sandbox-fixture.ts'

let host: DockerHost
beforeAll(async () => {
  host = await openTestHost({})
})
afterAll(async () => {
  await host[Symbol.asyncDispose]()
  const filters = { label: [`sbench.owner=${host.owner}`] }
  expect(await host.docker.listContainers({ all: true, filters })).toEqual([])
})

const start = () => host.start(sandboxOptions({ reuseLoopback: true }))
const namespaceOf = async (sandbox: Awaited<ReturnType<typeof start>>): Promise<string> => {
  const { stdout } = await sandbox.exec(['readlink', '/proc/self/ns/net'], { timeoutMs: 10_000 })
  return stdout.text.trim()
}

test('a sandbox gets the loopback of one that has ended, never of one that lives', async () => {
  const first = await start()
  const second = await start()
  const [one, two] = [await namespaceOf(first), await namespaceOf(second)]
  expect(one).not.toBe(two)
  await first[Symbol.asyncDispose]()
  await first[Symbol.asyncDispose]()
  await using third = await start()
  await using fourth = await start()
  expect(await namespaceOf(third)).toBe(one)
  expect([one, two]).not.toContain(await namespaceOf(fourth))
  await second[Symbol.asyncDispose]()
})

test('nothing of what a sandbox did to its network is there for the next', async () => {
  const before = await start()
  const namespace = await namespaceOf(before)
  for (const file of ['/etc/hosts', '/etc/hostname', '/etc/resolv.conf']) {
    const { exitCode } = await before.exec(['sh', '-c', `echo planted >> ${file}`], {
      user: '0',
      timeoutMs: 10_000,
    })
    expect(exitCode).not.toBe(0)
  }
  await before[Symbol.asyncDispose]()
  await using after = await start()
  expect(await namespaceOf(after)).toBe(namespace)
  const { stdout } = await after.exec(
    ['sh', '-c', 'cat /etc/hosts /etc/resolv.conf; tail -n +2 /proc/net/tcp /proc/net/udp'],
    { timeoutMs: 10_000 },
  )
  expect(stdout.text).not.toContain('planted')
  expect(stdout.text).not.toMatch(/^ *\d+: /m)
})

test('a sandbox with a borrowed loopback has no way out either', async () => {
  await using sandbox = await start()
  const { exitCode } = await sandbox.exec(
    ['bash', '-c', 'timeout 2 bash -c "echo > /dev/tcp/1.1.1.1/80"'],
    { timeoutMs: 10_000 },
  )
  expect(exitCode).not.toBe(0)
})
