import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { digestOf } from '../../core/ids.ts'
import { TemporaryFolder } from '../../tasks/task-fixture.ts'
import { eventually } from '../../test/support/eventually.ts'
import type { DockerHost } from '../docker-host.ts'
import { imageBuilds } from '../image-builds.ts'
import type { RunningCommand } from '../running-command.ts'
import type { Sandbox } from '../sandbox.ts'
import { leftovers, openTestHostWithRunner, sandboxOptions } from '../sandbox-fixture.ts'
import { RUNNER_PROGRAM, socketName } from './runner-connection.ts'
import { StreamRunner } from './stream-runner.ts'

let host: DockerHost
beforeAll(async () => {
  host = await openTestHostWithRunner(process.env)
})
afterAll(async () => {
  expect(await leftovers(host)).toEqual([])
  await host[Symbol.asyncDispose]()
})

const shell = (script: string) => ['bash', '-c', script]
const numbersUntil = (last: number) => Array.from({ length: last }, (_, n) => `${n + 1}\n`).join('')
const WITHIN = { timeoutMs: 20_000 }

async function said(command: RunningCommand) {
  return { stdout: await text(command.stdout), ...(await command.ended) }
}

function found(command: RunningCommand | null): RunningCommand {
  if (command === null) throw new Error('nothing is known of the command')
  return command
}

/** Processes whose command line begins so. */
async function pidsOf(sandbox: Sandbox, line: string): Promise<string[]> {
  const script = `grep -al '^${line}' /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3`
  const { stdout } = await sandbox.exec(['sh', '-c', script], WITHIN)
  return stdout.text.split('\n').filter((pid) => pid !== '')
}

test('what a child prints long after its command has ended is not lost', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const runner = await sandbox.runner()
  const command = await runner.start(shell('(sleep 4; echo late) & echo early'))
  expect(await command.ended).toEqual({ exitCode: 0, signal: null })
  expect(await text(command.stdout)).toBe('early\nlate\n')
})

test('a killed worker loses and doubles nothing: another process goes on', async () => {
  await using sandbox = await host.start(sandboxOptions())
  await using folder = await TemporaryFolder.with({})
  const [idFile, outputFile] = [folder.at('id'), folder.at('output')]
  const script = 'seq 1 3000000; echo end >&2; exit 7'
  const reader = spawn(process.execPath, [
    fileURLToPath(new URL('reader-process.ts', import.meta.url)),
    sandbox.id,
    idFile,
    outputFile,
    ...shell(script),
  ])
  const gone = new Promise((resolve) => reader.on('exit', resolve))
  await eventually('it has read some', () => {
    return existsSync(idFile) && statSync(outputFile).size > 3_000_000
  })
  reader.kill('SIGKILL')
  await gone
  const kept = readFileSync(outputFile)

  const runner = await sandbox.runner()
  const adopted = found(await runner.adopt(readFileSync(idFile, 'utf8')))
  const from = adopted.adoptedAt?.stdout ?? Number.NaN
  expect(from).toBeLessThanOrEqual(kept.length)
  expect(from).toBeGreaterThan(kept.length - 1024 * 1024)
  let again = kept.length - from
  const hash = createHash('sha256').update(kept)
  let bytes = kept.length
  for await (const piece of adopted.stdout) {
    const fresh = piece.subarray(again)
    again -= piece.length - fresh.length
    bytes += fresh.length
    hash.update(fresh)
  }
  expect(bytes).toBe(22_888_896)
  const expected = await said(await runner.start(shell('seq 1 3000000 | sha256sum')))
  expect(expected.stdout.slice(0, 64)).toBe(hash.digest('hex'))
  expect(await text(adopted.stderr)).toBe('end\n')
  expect(await adopted.ended).toEqual({ exitCode: 7, signal: null })
})

test('a command can be adopted after its end, and twice', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const container = host.docker.getContainer(sandbox.id)
  await using first = await StreamRunner.open(container)
  const command = await first.start(shell('echo a; exit 4'))
  await command.ended
  await using second = await StreamRunner.open(container)
  const adopted = found(await second.adopt(command.id))
  expect(await said(adopted)).toEqual({
    stdout: 'a\n',
    exitCode: 4,
    signal: null,
  })
  const again = found(await first.adopt(command.id))
  expect(await again.ended).toEqual({ exitCode: 4, signal: null })
})

test('who reads a command that another process adopts hears that it is lost', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const container = host.docker.getContainer(sandbox.id)
  await using first = await StreamRunner.open(container)
  await using second = await StreamRunner.open(container)
  const command = await first.start(['cat'])
  const adopted = found(await second.adopt(command.id))
  await expect(command.ended).rejects.toMatchObject({ code: 'sandbox.lost' })
  await adopted.write(Buffer.from('still here'))
  await adopted.closeInput()
  expect(await text(adopted.stdout)).toBe('still here')
})

test('a connection that breaks is made anew, and commands go on', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const runner = await sandbox.runner()
  const echo = await runner.start(['cat'])
  const long = await runner.start(shell('seq 1 400000; echo end >&2'))
  const echoed = text(echo.stdout)
  // Written all along: before, between and after the connections, and while one is being made.
  let lines = 0
  const writer = setInterval(() => void echo.write(Buffer.from(`${++lines}\n`)), 1)
  let counted = ''
  let cuts = 0
  for await (const piece of long.stdout) {
    counted += Buffer.from(piece).toString('latin1')
    if (counted.length < cuts * 600_000) continue
    cuts += 1
    const [pid = ''] = await pidsOf(sandbox, `${RUNNER_PROGRAM}.connect`)
    await sandbox.exec(['sh', '-c', `kill -9 ${pid}`], WITHIN)
  }
  expect(cuts).toBe(5)
  clearInterval(writer)
  await echo.closeInput()
  expect(await echoed).toBe(numbersUntil(lines))
  expect(await text(long.stderr)).toBe('end\n')
  expect(counted === numbersUntil(400_000)).toBe(true)
  expect([await echo.ended, await long.ended]).toEqual([
    { exitCode: 0, signal: null },
    { exitCode: 0, signal: null },
  ])
})

test('an agent that kills everything it may kill has killed its own commands', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const runner = await sandbox.runner()
  const as = { user: 'nobody' }
  const bystander = await runner.start(['sleep', '4321'])
  const victim = await runner.start(['sleep', '4321'], as)
  const killer = await runner.start(shell('kill -9 -1'), as)
  expect([await victim.ended, await killer.ended]).toEqual([
    { exitCode: null, signal: 'SIGKILL' },
    { exitCode: null, signal: 'SIGKILL' },
  ])
  expect(await said(await runner.start(['echo', 'on'], as))).toMatchObject({ stdout: 'on\n' })
  await bystander.kill('SIGTERM')
  expect(await bystander.ended).toEqual({ exitCode: null, signal: 'SIGTERM' })
})

test('a fork bomb can be killed, and the runner works on', async () => {
  await using sandbox = await host.start(sandboxOptions({ pidsLimit: 50 }))
  const runner = await sandbox.runner()
  const bomb = await runner.start(shell('f() { f | f & }; f; sleep 4321'))
  let heard = ''
  for await (const piece of bomb.stderr) {
    heard += Buffer.from(piece).toString()
    if (heard.includes('fork')) break
  }
  // Where no process can be made, a command ends as a shell would have it.
  const refused = await said(await runner.start(['true']))
  expect([0, 126]).toContain(refused.exitCode)
  await bomb.kill('SIGKILL')
  expect(await bomb.ended).toEqual({ exitCode: null, signal: 'SIGKILL' })
  await eventually('its processes have gone', async () => {
    const { stdout } = await said(await runner.start(shell('ls -d /proc/[0-9]* | wc -l')))
    return stdout !== '' && Number(stdout) < 12
  })
})

test('no process of the sandbox can give orders or listen, whoever it runs as', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const runner = await sandbox.runner()
  const secret = await runner.start(shell('echo secret; sleep 4321'))
  const name = socketName(host.docker.getContainer(sandbox.id))
  // The runner itself, as the same user, but with a parent inside.
  const script = `${RUNNER_PROGRAM} connect ${name} 60 < <(sleep 1) | head -c 8 | wc -c`
  expect((await said(await runner.start(shell(script)))).stdout).toBe('0\n')
  // Another user, at root's socket.
  const knock = [
    'use Socket; $SIG{PIPE} = "IGNORE"; socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die;',
    `connect($s, sockaddr_un("\\0${name}-0")) or die "no way in";`,
    'syswrite($s, "SBRUN01\\n"); my $n = sysread($s, my $b, 64) // 0; print "read $n\\n";',
  ].join(' ')
  const stranger = await said(await runner.start(['perl', '-e', knock], { user: 'nobody' }))
  expect(stranger.stdout).toBe('read 0\n')
  const [daemon = ''] = await pidsOf(sandbox, 'sbench-runner.serve')
  const spy = await runner.start(shell(`cat /proc/${daemon}/fd/* 2>&1 | head -c 100; true`))
  expect((await said(spy)).stdout).not.toContain('secret')
  await secret.kill('SIGKILL')
  expect(await said(secret)).toMatchObject({ stdout: 'secret\n', signal: 'SIGKILL' })
})

test("where another user holds the runner's name, commands are execs and say so", async () => {
  await using sandbox = await host.start(sandboxOptions())
  const name = socketName(host.docker.getContainer(sandbox.id))
  const squat = [
    'use Socket; socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die;',
    `bind($s, sockaddr_un("\\0${name}-0")) or die; listen($s, 9); $| = 1; print "up\\n"; sleep 99;`,
  ].join(' ')
  const script = `setsid perl -e '${squat}' >/tmp/up & until grep -q up /tmp/up; do sleep 0.05; done`
  await sandbox.exec(shell(script), { ...WITHIN, user: 'nobody' })
  const runner = await sandbox.runner()
  expect(runner.kind).toBe('exec')
  expect(await said(await runner.start(['echo', 'x']))).toMatchObject({ stdout: 'x\n' })
})

test('what no worker comes back for is ended', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const runner = await StreamRunner.open(host.docker.getContainer(sandbox.id), 1)
  await runner.start(shell('sleep 4321 & sleep 4321'))
  await runner[Symbol.asyncDispose]()
  await eventually('all of it has ended', async () => {
    const pids = [await pidsOf(sandbox, 'sleep.4321'), await pidsOf(sandbox, 'sbench-runner.serve')]
    return pids.flat().length === 0
  })
})

test('what cannot be started is said, and nothing else suffers', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const runner = await sandbox.runner()
  const bystander = await runner.start(['cat'])
  const refused = { code: 'agent.start-failed' }
  await expect(runner.start(['true'], { user: 'no-such-user' })).rejects.toMatchObject(refused)
  await expect(runner.start(['a\0b'])).rejects.toMatchObject(refused)
  await expect(runner.start([])).rejects.toMatchObject(refused)
  await expect(runner.start(['true', 'x'.repeat(5_000_000)])).rejects.toMatchObject(refused)
  const long = await runner.start(['true', 'x'.repeat(500_000)])
  expect(await text(long.stderr)).toContain('Argument list too long')
  expect(await long.ended).toEqual({ exitCode: 126, signal: null })
  const nowhere = await runner.start(['true'], { workdir: '/no/such/folder' })
  expect(await text(nowhere.stderr)).toContain('/no/such/folder')
  expect((await nowhere.ended).exitCode).toBe(126)
  await bystander.closeInput()
  expect((await bystander.ended).exitCode).toBe(0)
})

test('commands of any size of words and environment arrive whole', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const runner = await sandbox.runner()
  const env = Object.fromEntries(
    Array.from({ length: 60 }, (_, n) => [`V${n}`, 'v'.repeat(20_000)]),
  )
  const all = Array.from({ length: 8 }, async (_, n) => {
    const words = Array.from({ length: 40 }, () => `${n}`.repeat(10_000))
    const script =
      'echo $#; echo "$1" | wc -c; echo "$1" | cut -c1; env | grep -c "^V"; echo "$V59" | wc -c'
    return (await said(await runner.start(['bash', '-c', script, 'sh', ...words], { env }))).stdout
  })
  const lines = (n: number) => ['40', '10001', `${n}`, '60', '20001', ''].join('\n')
  expect(await Promise.all(all)).toEqual(Array.from({ length: 8 }, (_, n) => lines(n)))
})

test('the runner needs nothing of the image but a kernel', { timeout: 400_000 }, async () => {
  await using folder = await TemporaryFolder.with({
    Dockerfile: [
      'FROM debian:trixie-slim AS source',
      'RUN apt-get update && apt-get install -y --no-install-recommends busybox-static',
      'FROM scratch',
      'COPY --from=source /bin/busybox /bin/busybox',
      'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
    ].join('\n'),
  })
  const content = await readFile(folder.at('Dockerfile'))
  const image = await imageBuilds(host, { environment: process.env }).ensureBuilt({
    tag: 'sbench-test-busybox:1',
    source: digestOf(content),
    contextDir: folder.path,
    timeoutMs: 300_000,
  })
  try {
    await using sandbox = await host.start(sandboxOptions({ image: image.id }))
    const runner = await sandbox.runner()
    expect(runner.kind).toBe('runner')
    const command = await runner.start(['sh', '-c', 'echo "$HOME"; ls -A /; exit 6'])
    const { stdout, exitCode } = await said(command)
    expect(stdout.split('\n')).not.toContain('lib')
    expect(exitCode).toBe(6)
  } finally {
    await host.docker.getImage(image.id).remove({ force: true })
  }
})

test('the runner leaves nothing in the files of a sandbox', async () => {
  await using sandbox = await host.start(sandboxOptions())
  const runner = await sandbox.runner()
  await said(await runner.start(['cat', '/etc/passwd']))
  const base = await host.inspectImage('debian:trixie-slim')
  expect(await sandbox.snapshot()).toBe(base.id)
})
