import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tarOfEntries } from '../tasks/tar.ts'
import type { DockerHost } from './docker-host.ts'
import type { ExecOptions } from './sandbox.ts'
import { leftovers, openTestHost, sandboxOptions, TEST_IMAGE } from './sandbox-fixture.ts'

let host: DockerHost
beforeAll(async () => {
  host = await openTestHost()
})
afterAll(async () => {
  expect(await leftovers(host)).toEqual([])
  await host[Symbol.asyncDispose]()
})

const shell = (script: string) => ['bash', '-c', script]
const WITHIN: ExecOptions = { timeoutMs: 20_000 }

test('a command has its output, its errors and its exit code apart', async () => {
  await using sandbox = await host.start(sandboxOptions({ env: { GREETING: 'hé' } }))
  const result = await sandbox.exec(shell('echo "$GREETING $EXTRA"; echo oops >&2; exit 3'), {
    ...WITHIN,
    env: { EXTRA: 'x' },
  })
  expect(result).toMatchObject({ exitCode: 3, timedOut: false, outOfMemory: false })
  expect([result.stdout.text, result.stderr.text]).toEqual(['hé x\n', 'oops\n'])
  expect((await sandbox.exec(['no-such-command'], WITHIN)).exitCode).toBe(127)
  expect((await sandbox.exec(['/etc/passwd'], WITHIN)).exitCode).toBe(126)
})

test('commands run as whom and where they are told to', async () => {
  await using sandbox = await host.start(sandboxOptions({ workdir: '/srv' }))
  const as = { ...WITHIN, user: 'nobody', workdir: '/tmp' }
  expect((await sandbox.exec(shell('id -un; pwd'), as)).stdout.text).toBe('nobody\n/tmp\n')
  expect((await sandbox.exec(['pwd'], WITHIN)).stdout.text).toBe('/srv\n')
  const written = shell('touch /logs/agent/a /logs/verifier/b /logs/artifacts/c')
  expect((await sandbox.exec(written, as)).exitCode).toBe(0)
})

test('half a gigabyte of output is cut to its limit and takes no such memory', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const before = process.memoryUsage().rss
  const script = 'echo first; head -c 500000000 /dev/zero | tr "\\0" x; echo; echo last'
  const { stdout, exitCode } = await sandbox.exec(shell(script), {
    timeoutMs: 120_000,
    outputLimitBytes: 10_000,
  })
  expect(exitCode).toBe(0)
  expect(stdout.text.startsWith('first\nxxx')).toBe(true)
  expect(stdout.text.endsWith('xxx\nlast\n')).toBe(true)
  expect(stdout.droppedBytes).toBe(500_000_000 + 12 - 10_000)
  expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000)
})

test('a time limit ends a command with its children and keeps what it printed', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const script = 'echo early; for n in 1 2 3; do sleep 4321 & done; wait'
  const result = await sandbox.exec(shell(script), { timeoutMs: 500 })
  expect(result).toMatchObject({ exitCode: null, timedOut: true })
  expect(result.stdout.text).toBe('early\n')
  expect(result.durationMs).toBeLessThan(4_000)
  const alive = await sandbox.exec(shell('grep -al "^sleep.4321" /proc/[0-9]*/cmdline'), WITHIN)
  expect(alive.stdout.text).toBe('')
})

test('a command is ended from outside as by its time limit', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const signal = AbortSignal.timeout(300)
  const result = await sandbox.exec(['sleep', '4321'], { ...WITHIN, signal })
  expect(result).toMatchObject({ exitCode: null, timedOut: false })
  expect((await sandbox.exec(['true'], WITHIN)).exitCode).toBe(0)
})

test('a command that is ended before it has begun takes nothing else with it', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const result = await sandbox.exec(['sleep', '4321'], { ...WITHIN, signal: AbortSignal.abort() })
  expect(result).toMatchObject({ exitCode: null, timedOut: false })
  expect((await sandbox.exec(['true'], WITHIN)).exitCode).toBe(0)
})

test('a background child that holds the output open does not hold up the command', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const result = await sandbox.exec(shell('sleep 4321 & echo done'), WITHIN)
  expect(result).toMatchObject({ exitCode: 0, timedOut: false })
  expect(result.stdout.text).toBe('done\n')
  expect(result.durationMs).toBeLessThan(3_500)
})

test('a fork bomb stays within its limit, and the sandbox works on after its end', async () => {
  await using sandbox = await host.start(sandboxOptions({ pidsLimit: 50 }))
  const bomb = await sandbox.exec(shell('f() { f | f & }; f; sleep 4321'), { timeoutMs: 1_500 })
  expect(bomb.timedOut).toBe(true)
  expect(bomb.stderr.text).toContain('fork')
  const after = await sandbox.exec(shell('ls -d /proc/[0-9]* | wc -l'), WITHIN)
  expect(Number(after.stdout.text)).toBeLessThan(10)
})

test('no file grows beyond its limit, not even one of holes', async () => {
  await using sandbox = await host.start(sandboxOptions({ largestFileMb: 8 }))
  const holes = await sandbox.exec(['truncate', '-s', '900G', '/tmp/holes'], WITHIN)
  expect(holes.exitCode).not.toBe(0)
  const full = await sandbox.exec(['sh', '-c', 'yes > /tmp/full; stat -c %s /tmp/full'], WITHIN)
  expect(Number(full.stdout.text)).toBeLessThanOrEqual(8 * 1024 * 1024)
})

test('a command that the kernel killed for want of memory says so, and others do not', async () => {
  await using sandbox = await host.start(sandboxOptions({ memoryMb: 64 }))
  const hog = await sandbox.exec(shell('head -c 200000000 /dev/zero | tail'), WITHIN)
  expect(hog.outOfMemory).toBe(true)
  expect((await sandbox.exec(shell('kill -9 $$'), WITHIN)).outOfMemory).toBe(false)
  const use = await sandbox.use()
  expect(use.outOfMemory).toBe(true)
  expect(use.peakMemoryBytes).toBeGreaterThan(50_000_000)
  expect(use.cpuMs).toBeGreaterThan(0)
})

test('a sandbox that goes down for want of memory says why', async () => {
  await using sandbox = await host.start(sandboxOptions({ memoryMb: 64 }))
  const volunteer = 'for p in /proc/[0-9]*; do echo 1000 >$p/oom_score_adj; done'
  await sandbox.exec(shell(volunteer), WITHIN)
  const hog = shell('head -c 200000000 /dev/zero | tail')
  await expect(sandbox.exec(hog, WITHIN)).rejects.toMatchObject({
    code: 'sandbox.out-of-memory',
  })
})

test('a sandbox has no way out', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const interfaces = await sandbox.exec(shell('ls /sys/class/net'), WITHIN)
  expect(interfaces.stdout.text.trim()).toBe('lo')
  const connect = (address: string) => shell(`timeout 2 bash -c '</dev/tcp/${address}'`)
  for (const address of ['1.1.1.1/80', '172.17.0.1/80', '169.254.169.254/80']) {
    const { exitCode, stderr } = await sandbox.exec(connect(address), WITHIN)
    expect([exitCode, stderr.text]).toEqual([1, expect.stringContaining('unreachable')])
  }
  expect((await sandbox.exec(['getent', 'hosts', 'example.com'], WITHIN)).exitCode).not.toBe(0)
})

test('a public sandbox has a network of its own that goes with it', async () => {
  const sandbox = await host.start(sandboxOptions({ network: 'public' }))
  const addresses = await sandbox.exec(['cat', '/proc/net/fib_trie'], WITHIN)
  expect(addresses.stdout.text).toMatch(/10\.201\.\d+\.\d+\/29/)
  expect((await leftovers(host)).length).toBe(2)
  await sandbox[Symbol.asyncDispose]()
  expect(await leftovers(host)).toEqual([])
})

test('files go in and out as they are, up to a limit', async () => {
  const files = await buffer(tarOfEntries([{ path: 'data/greeting', bytes: 'hello' }]))
  await using sandbox = await host.start(sandboxOptions({ files }))
  expect((await sandbox.exec(['cat', '/data/greeting'], WITHIN)).stdout.text).toBe('hello')
  await sandbox.putArchive('/opt', tarOfEntries([{ path: 'more', bytes: 'm'.repeat(5_000) }]))
  expect(
    Buffer.from((await sandbox.getArchive('/opt/more', { maxBytes: 9_000 })) ?? []).includes('mmm'),
  ).toBe(true)
  expect(await sandbox.getArchive('/opt/none', { maxBytes: 9_000 })).toBeNull()
  await expect(sandbox.getArchive('/opt/more', { maxBytes: 2_000 })).rejects.toMatchObject({
    code: 'sandbox.archive-too-large',
  })
})

test('a snapshot holds what was changed, names its system files, and can be removed', async () => {
  await using sandbox = await host.start(sandboxOptions({ capabilities: 'root-tools' }))
  await sandbox.exec(shell('echo work >/srv/work; echo x >>/usr/bin/apt'), WITHIN)
  const image = await sandbox.snapshot()
  const { labels } = await host.inspectImage(image)
  expect(labels['sbench.system-changes']).toContain('changed /usr/bin/apt')
  await using copy = await host.start(sandboxOptions({ image }))
  expect((await copy.exec(['cat', '/srv/work'], WITHIN)).stdout.text).toBe('work\n')
  await copy[Symbol.asyncDispose]()
  await host.removeSnapshot(image)
  await host.removeSnapshot(image)
  await expect(host.inspectImage(image)).rejects.toMatchObject({ code: 'image.not-found' })
})

test('a sandbox that nobody changed has its own image for a snapshot, which stays', async () => {
  await using idle = await host.start(sandboxOptions())
  await using reader = await host.start(sandboxOptions())
  await reader.exec(['cat', '/etc/passwd'], WITHIN)
  const base = await host.inspectImage(TEST_IMAGE)
  expect([await idle.snapshot(), await reader.snapshot()]).toEqual([base.id, base.id])
  await host.removeSnapshot(base.id)
  expect((await host.inspectImage(TEST_IMAGE)).id).toBe(base.id)
})

test('whoever uses a sandbox that was killed hears that it is lost', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const running = sandbox.exec(['sleep', '4321'], WITHIN)
  const lost = expect(running).rejects.toMatchObject({ code: 'sandbox.lost' })
  await host.docker.getContainer(sandbox.id).kill()
  await lost
  await expect(sandbox.exec(['true'], WITHIN)).rejects.toMatchObject({ code: 'sandbox.lost' })
})
