import { buffer, text } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import type { DockerHost } from '../docker-host.ts'
import type { CommandRunner, RunningCommand } from '../running-command.ts'
import type { Sandbox } from '../sandbox.ts'
import {
  leftovers,
  openTestHost,
  openTestHostWithRunner,
  sandboxOptions,
} from '../sandbox-fixture.ts'

const shell = (script: string) => ['bash', '-c', script]

async function results(command: RunningCommand) {
  const [stdout, stderr, end] = await Promise.all([
    text(command.stdout),
    text(command.stderr),
    command.ended,
  ])
  return { stdout, stderr, ...end }
}

/** Without the runner in it, a sandbox offers the other implementation. */
describe.each([
  { kind: 'runner', open: () => openTestHostWithRunner(process.env) },
  { kind: 'exec', open: openTestHost },
] as const)('commands by $kind', ({ kind, open }) => {
  let host: DockerHost
  let sandbox: Sandbox
  let runner: CommandRunner
  beforeAll(async () => {
    host = await open()
    sandbox = await host.start(
      sandboxOptions({ workdir: '/srv', env: { GREETING: 'hé' }, pidsLimit: 512 }),
    )
    runner = await sandbox.runner()
  })
  afterAll(async () => {
    await sandbox[Symbol.asyncDispose]()
    expect(await leftovers(host)).toEqual([])
    await host[Symbol.asyncDispose]()
  })

  const alive = async (line: string) => {
    const script = `grep -al '^${line}' /proc/[0-9]*/cmdline 2>/dev/null | wc -l`
    const found = await sandbox.exec(['sh', '-c', script], { timeoutMs: 9_000 })
    return Number(found.stdout.text)
  }

  test('it is what it says', () => {
    expect(runner.kind).toBe(kind)
  })

  test('a command has its output, its errors and its exit code apart', async () => {
    const command = await runner.start(shell('echo "$GREETING $EXTRA"; echo oops >&2; exit 3'), {
      env: { EXTRA: 'x' },
    })
    expect(await results(command)).toEqual({
      stdout: 'hé x\n',
      stderr: 'oops\n',
      exitCode: 3,
      signal: null,
    })
  })

  test('a command that cannot be run ends as in a shell', async () => {
    const absent = await results(await runner.start(['no-such-command']))
    expect([absent.exitCode, absent.stderr]).toEqual([
      127,
      expect.stringMatching(/not found|No such/),
    ])
    const refused = await results(await runner.start(['/etc/passwd']))
    expect([refused.exitCode, refused.stderr]).toEqual([126, expect.stringContaining('ermission')])
  })

  test('commands run as whom and where they are told to', async () => {
    const as = { user: 'nobody', workdir: '/tmp' }
    expect((await results(await runner.start(shell('id -un; pwd'), as))).stdout).toBe(
      'nobody\n/tmp\n',
    )
    expect((await results(await runner.start(['pwd']))).stdout).toBe('/srv\n')
  })

  test('a command is the leader of a session and a process group of its own', async () => {
    const script =
      'read -r pid _ _ _ group session _ </proc/$$/stat; echo $((group - pid)) $((session - pid))'
    expect((await results(await runner.start(shell(script)))).stdout).toBe('0 0\n')
  })

  test('any bytes go in and come out as they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 40_000 }), { maxLength: 4 }),
        async (pieces) => {
          const command = await runner.start(['cat'])
          const output = buffer(command.stdout)
          for (const piece of pieces) await command.write(piece)
          await command.closeInput()
          expect((await output).equals(Buffer.concat(pieces))).toBe(true)
          expect(await command.ended).toEqual({ exitCode: 0, signal: null })
        },
      ),
      { numRuns: kind === 'runner' ? 60 : 5, seed: 7 },
    )
  })

  test('megabytes go through a command both ways at once', async () => {
    const command = await runner.start(['tr', 'a', 'b'])
    const output = buffer(command.stdout)
    for (let n = 0; n < 20; n += 1) await command.write(Buffer.alloc(500_000, 'a'))
    await command.closeInput()
    expect((await output).equals(Buffer.alloc(10_000_000, 'b'))).toBe(true)
  })

  test('input for a command that reads no more is dropped', async () => {
    const command = await runner.start(
      shell('exec <&-; echo closed; read -r _ </dev/tcp/x || sleep 1'),
    )
    const reading = text(command.stdout)
    for (let n = 0; n < 10; n += 1) await command.write(Buffer.alloc(100_000))
    expect(await reading).toBe('closed\n')
  })

  test('a signal goes to the whole process group', async () => {
    const command = await runner.start(shell('sleep 4321 & sleep 4321 & echo up; wait'))
    for await (const _ of command.stdout) break
    await command.kill('SIGKILL')
    expect(await command.ended).toEqual({ exitCode: null, signal: 'SIGKILL' })
    expect(await text(command.stderr)).toBe('')
    await eventually('all of them have ended', async () => (await alive('sleep.4321')) === 0)
  })

  test('a command can tell signals apart', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const script = `trap 'echo got; exit 9' ${signal.slice(3)}; echo up; while :; do sleep 0.05; done`
      const command = await runner.start(shell(script))
      const heard = (async () => {
        let said = ''
        for await (const piece of command.stdout) {
          if (said === '') await command.kill(signal)
          said += Buffer.from(piece).toString()
        }
        return said
      })()
      expect(await heard).toBe('up\ngot\n')
      expect((await command.ended).exitCode).toBe(9)
    }
  })

  test('a command whose output nobody reads is held up, and loses nothing', async () => {
    const before = process.memoryUsage().rss
    const script = 'for n in $(seq 100); do head -c 1000000 /dev/zero; echo $n >/tmp/at; done'
    const command = await runner.start(shell(`${script}; echo done >&2`))
    const errors = text(command.stderr)
    const progress = async () => {
      const { stdout } = await sandbox.exec(['cat', '/tmp/at'], { timeoutMs: 9_000 })
      return Number(stdout.text)
    }
    let last = 0
    await eventually('it waits', async () => {
      const now = await progress()
      const waits = now === last && now > 0
      last = now
      return waits
    })
    expect(last).toBeLessThan(20)
    let bytes = 0
    for await (const piece of command.stdout) bytes += piece.length
    expect(bytes).toBe(100_000_000)
    expect(await errors).toBe('done\n')
    expect(process.memoryUsage().rss - before).toBeLessThan(120_000_000)
  })

  test('the end of a command does not wait for a child that holds its output open', async () => {
    const command = await runner.start(shell('sleep 4322 & echo done'))
    expect(await command.ended).toEqual({ exitCode: 0, signal: null })
    const reading = text(command.stdout)
    command.abandon()
    // What had come by then may be dropped: it was not wanted any more.
    expect(['', 'done\n']).toContain(await reading)
    await command.kill('SIGKILL')
    await eventually('the child has ended', async () => (await alive('sleep.4322')) === 0)
  })

  test('many commands at once keep their outputs apart', async () => {
    const many = kind === 'runner' ? 100 : 8
    const said = await Promise.all(
      Array.from({ length: many }, async (_, n) => {
        const script = `for i in 1 2 3; do echo ${n}; sleep 0.01; done`
        return (await results(await runner.start(shell(script)))).stdout
      }),
    )
    expect(said).toEqual(Array.from({ length: many }, (_, n) => `${n}\n`.repeat(3)))
  })

  test('who runs something in a sandbox that is killed hears that it is lost', async () => {
    await using doomed = await host.start(sandboxOptions())
    const inside = await doomed.runner()
    const command = await inside.start(['sleep', '4321'])
    const lost = { code: 'sandbox.lost' }
    const ending = expect(command.ended).rejects.toMatchObject(lost)
    await host.docker.getContainer(doomed.id).kill()
    await ending
    await expect(text(command.stdout)).rejects.toMatchObject(lost)
    await expect(inside.start(['true'])).rejects.toMatchObject(lost)
  })

  test('of a command that no one knows there is nothing to adopt', async () => {
    expect(await runner.adopt('0123456789abcdef@')).toBeNull()
    expect(await runner.adopt('../../etc')).toBeNull()
  })
})
