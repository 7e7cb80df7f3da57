import { existsSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import { TemporaryFolder } from '../../../tasks/task-fixture.ts'
import { anyCharacter } from '../../../test/support/any-character.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { localSandbox } from '../../../test/support/local-sandbox.ts'
import { type CallLimits, newShell, Shell } from './shell.ts'

let home: TemporaryFolder
let sandbox: Sandbox
beforeAll(async () => {
  home = await TemporaryFolder.with()
  sandbox = localSandbox(home.path)
})
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]()
  await home[Symbol.asyncDispose]()
})

const never = new AbortController().signal
const LIMITS = { timeoutMs: 20_000, outputLimitBytes: 10_000, signal: never }
let calls = 0

async function openShell() {
  const parts = { runner: await sandbox.runner(), how: {} }
  const { folder, machine } = await newShell(parts, never)
  const open = () => new Shell({ ...parts, folder })
  const shell = open()
  const run = async (command: string, limits: Partial<CallLimits> = {}, by = shell) => {
    calls += 1
    const ran = await by.run(command, `call-${calls}-0`, { ...LIMITS, ...limits })
    return { ...ran, text: ran.stdout.text }
  }
  return { shell, run, open, folder, machine, [Symbol.asyncDispose]: () => shell.remove() }
}

test('a session keeps directory, variables, functions, aliases and options', async () => {
  await using session = await openShell()
  const { run } = session
  await run(`mkdir -p "a b/ü"; cd "a b/ü"; x=$'one\ntwo'; export Y='q"\\'`)
  await run('greet() { echo "hi $1"; }; shopt -s expand_aliases; alias l="echo listed"; umask 027')
  await run('declare -A map=([k]="v w"); list=(1 "2 3"); set -o pipefail; unset HOME')
  const { text } = await run(
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's own braces
    'pwd; echo "$x|$Y"; greet you; l; umask; echo "${map[k]} ${list[1]}"; set -o | grep pipefail; env | grep -c ^HOME',
  )
  const lines = text.split('\n')
  expect(lines[0]).toBe(`${home.path}/a b/ü`)
  expect(text).toContain('one\ntwo|q"\\\nhi you\nlisted\n0027\nv w 2 3\npipefail')
  expect(text).toMatch(/on\n0\n$/)
})

test('any value of a variable comes through to the next call', async () => {
  await using session = await openShell()
  const value = fc.string({ unit: anyCharacter.filter((character) => character !== '\0') })
  const values = fc.array(value, { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(values, async (texts) => {
      const quoted = texts.map((text) => `'${text.replaceAll("'", "'\\''")}'`)
      await session.run(quoted.map((text, n) => `v${n}=${text}`).join('\n'))
      const names = texts.map((_, n) => `"$v${n}"`)
      const { text } = await session.run(`printf '%s\\0' ${names.join(' ')}`)
      expect(text.split('\0')).toEqual([...texts, ''])
    }),
    { numRuns: 6 },
  )
})

test('what ends one call does not end the session', async () => {
  await using session = await openShell()
  const { run } = session
  expect(await run('here=1; exit 7')).toMatchObject({ exitCode: 7 })
  expect((await run('echo $here')).text).toBe('1\n')
  expect((await run('if then')).exitCode).not.toBe(0)
  await run('set -eu')
  expect(await run('false; echo not reached')).toMatchObject({ exitCode: 1, text: '' })
  expect((await run('set +eu; false; echo reached')).text).toBe('reached\n')
  expect((await run('trap "echo bye" EXIT; cd /usr')).text).toBe('bye\n')
  expect((await run('pwd')).text).toBe('/usr\n')
})

test('output and errors come together, in order, and standard input is empty', async () => {
  await using session = await openShell()
  expect((await session.run('echo 1; echo 2 >&2; echo 3; cat')).text).toBe('1\n2\n3\n')
})

test('at its time limit a command is interrupted, with its children, and the session stays', async () => {
  await using session = await openShell()
  const { run } = session
  const ran = await run('kept=yes; echo early; sleep 43210; echo no', { timeoutMs: 300 })
  expect(ran).toMatchObject({ timedOut: true, text: 'early\n' })
  expect(ran.durationMs).toBeLessThan(1_900)
  expect((await run('echo $kept; pgrep -f "sleep 43210"')).text).toBe('yes\n')
})

test('a command that heeds no interrupt is killed', async () => {
  await using session = await openShell()
  const command = 'trap "" INT; sleep 43211; sleep 43211'
  const ran = await session.run(command, { timeoutMs: 200, graceMs: 100 })
  expect(ran).toMatchObject({ timedOut: true, signal: 'SIGKILL' })
  expect((await session.run('pgrep -f "sleep 43211"')).text).toBe('')
})

test('a child that lives on does not hold up its command, and its first output is there', async () => {
  await using session = await openShell()
  const ran = await session.run('(echo child; sleep 43212) & echo parent; sleep 0.05')
  expect(ran.text.split('\n').toSorted()).toEqual(['', 'child', 'parent'])
  expect(ran.durationMs).toBeLessThan(2_000)
  await session.run('pkill -f "sleep 43212"')
})

test('long output keeps its start and its end', async () => {
  await using session = await openShell()
  const { stdout } = await session.run('seq 1 100000', { outputLimitBytes: 1_000 })
  expect(stdout.text.startsWith('1\n2\n')).toBe(true)
  expect(stdout.text.endsWith('99999\n100000\n')).toBe(true)
  expect(stdout.droppedBytes).toBe(588_895 - 1_000)
})

test('a command that kills by name does not hit its own shell', async () => {
  await using session = await openShell()
  expect((await session.run('pkill -f no-such-server-43224; echo alive')).text).toBe('alive\n')
})

test('a command may be longer than an argument', async () => {
  await using session = await openShell()
  const command = `cat <<'X' | wc -c\n${'x'.repeat(300_000)}\nX`
  expect((await session.run(command)).text.trim()).toBe('300001')
})

test('a job goes on in the background, is read piece by piece, and its end is known', async () => {
  await using session = await openShell()
  const { shell, run } = session
  await run('cd /usr; word=job')
  await shell.start(
    'echo "$word in $PWD"; until [ -e /tmp/go-$$ ]; do sleep 0.05; done',
    'job-1-0',
    never,
  )
  const read = () => shell.read('job-1-0', { ...LIMITS, from: 0, waitMs: 0 })
  await eventually('it has printed', async () => (await read()).size > 0)
  const first = await shell.read('job-1-0', { ...LIMITS, from: 0, waitMs: 100 })
  expect(first).toMatchObject({ state: 'running', text: 'job in /usr\n' })
  expect(await shell.signal('job-1-0', 'INT', never)).toBe('signalled')
  const second = await shell.read('job-1-0', { ...LIMITS, from: first.size, waitMs: 5_000 })
  expect(second).toMatchObject({ state: 'exited', exitCode: 130, text: '' })
  expect(await shell.signal('job-1-0', 'KILL', never)).toBe('ended')
  expect((await shell.read('job-9-9', { ...LIMITS, from: 0, waitMs: 0 })).state).toBe('unknown')
})

test('a killed job is known to be killed, and of much output the end is shown', async () => {
  await using session = await openShell()
  const { shell } = session
  await shell.start('seq 1 50000; sleep 43213', 'job-2-0', never)
  const readAll = () => shell.read('job-2-0', { ...LIMITS, from: 0, waitMs: 0 })
  await eventually('it has printed', async () => (await readAll()).size === 288_894)
  const read = await readAll()
  expect(read.text.endsWith('50000\n')).toBe(true)
  expect(read.droppedBytes).toBe(288_894 - 10_000)
  await shell.signal('job-2-0', 'KILL', never)
  const after = await shell.read('job-2-0', { ...LIMITS, from: read.size, waitMs: 5_000 })
  expect(after).toMatchObject({ state: 'killed', text: '' })
})

test('a later process goes on with the session and ends what the earlier one left running', async () => {
  await using session = await openShell()
  await session.run('cd /usr; left=behind')
  const dying = session.shell.run('echo x; sleep 43214', 'call-7-0', LIMITS)
  const later = session.open()
  await eventually('it runs', () => existsSync(`${session.folder}/call-7-0.pid`))
  expect(await later.signal('call-7-0', 'KILL', never)).toBe('signalled')
  expect((await dying).signal).toBe('SIGKILL')
  expect((await session.run('pwd; echo $left', {}, later)).text).toBe('/usr\nbehind\n')
})

test('a session whose folder was removed begins anew and says so', async () => {
  await using session = await openShell()
  await session.run('x=1; rm -rf /tmp/.sbench-shell-none; cd /usr')
  await session.run(`rm -rf ${session.folder}`)
  expect((await session.run('echo "x=$x"; pwd')).text).toContain('this is a new session')
  expect((await session.run('pwd')).text).toBe(`${home.path}\n`)
})

test('a cancelled command is gone at once', async () => {
  await using session = await openShell()
  const abort = new AbortController()
  const running = session.run('sleep 43215', { signal: abort.signal })
  await eventually('it runs', async () => {
    return (await session.run('pgrep -f "^sleep 43215"')).text !== ''
  })
  abort.abort(new Error('over'))
  await expect(running).rejects.toThrow('over')
  expect((await session.run('sleep 0.1; pgrep -f "sleep 43215"')).text).toBe('')
})
