import { buffer } from 'node:stream/consumers'
import tarStream from 'tar-stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DockerHost } from './docker-host.ts'
import type { ArchiveLimits, ExecOptions, Sandbox } from './sandbox.ts'
import { leftovers, openTestHost, sandboxOptions } from './sandbox-fixture.ts'

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

async function listing(tar: Uint8Array | null): Promise<string[] | null> {
  if (tar === null) return null
  const extract = tarStream.extract()
  extract.end(tar)
  const found: string[] = []
  for await (const entry of extract) {
    const { name, type, linkname } = entry.header
    const content = (await buffer(entry)).toString()
    found.push([name, type, linkname, content].filter(Boolean).join(' '))
  }
  return found.sort()
}

const SMALL: ArchiveLimits = { maxBytes: 20_000, leaveOut: (_, bytes) => bytes > 1_000 }

/** Read while it runs, which Docker does, and after its end, from the layer. */
async function readBothWays(script: string, path: string, limits: ArchiveLimits = SMALL) {
  await using sandbox = await host.start(sandboxOptions({ capabilities: 'root-tools' }))
  expect((await sandbox.exec(shell(script), WITHIN)).exitCode).toBe(0)
  const running = await settled(sandbox, path, limits)
  await sandbox.stop()
  return [running, await settled(sandbox, path, limits)]
}

const settled = async (sandbox: Sandbox, path: string, limits: ArchiveLimits) =>
  sandbox.getArchive(path, limits).then(listing, (error: { code?: string }) => error.code)

test('a file that is left out does not count, and does not keep the rest from being read', async () => {
  const script = 'mkdir -p /out/in; head -c 9000000 /dev/zero >/out/in/huge; echo s >/out/in/small'
  const rest = ['out/ directory', 'out/in/ directory', 'out/in/small file s\n']
  expect(await readBothWays(script, '/out')).toEqual([
    // Docker sends all of it, and more than 16 times what may be kept is cut.
    'sandbox.archive-too-large',
    rest,
  ])
  const more = { ...SMALL, maxBytes: 1_000_000 }
  expect(await readBothWays(script, '/out', more)).toEqual([rest, rest])
})

test('what is left out is asked for by its path below what is read, a file itself by none', async () => {
  const asked: string[] = []
  const leaveOut = (below: string, bytes: number) => {
    asked.push(`${below} ${bytes}`)
    return false
  }
  const limits = { maxBytes: 20_000, leaveOut }
  const script = 'mkdir -p /out/in; echo one >/out/in/a; echo 2 >/out/b; ln -s b /out/c'
  const [running, ended] = await readBothWays(script, '/out', limits)
  expect(running).toEqual(ended)
  expect(running).toContain('out/c symlink b')
  expect(asked.toSorted()).toEqual(['b 2', 'b 2', 'in/a 4', 'in/a 4'])
  asked.length = 0
  expect(await readBothWays(script, '/out/in/a', limits)).toEqual([
    ['a file one\n'],
    ['a file one\n'],
  ])
  expect(asked).toEqual([' 4', ' 4'])
})

test('a folder of very many files is cut, and a name that is not UTF-8 is no hindrance', async () => {
  const many = 'mkdir /out; cd /out; touch $(seq 1 500)'
  expect(await readBothWays(many, '/out')).toEqual(Array(2).fill('sandbox.archive-too-large'))
  const odd = `mkdir /out; echo x >$'/out/\\xff\\xfe'; echo y >/out/y`
  const [running, ended] = await readBothWays(odd, '/out')
  expect(ended).toEqual(running)
  expect(ended).toContain('out/y file y\n')
})

test('a file of the image that was changed is read as it is now', async () => {
  const [running, ended] = await readBothWays(
    'echo now >/etc/hostname.old; echo now >/etc/issue',
    '/etc/issue',
  )
  expect([running, ended]).toEqual([['issue file now\n'], ['issue file now\n']])
})

test('a snapshot tells below which folders the sandbox wrote', async () => {
  await using sandbox = await host.start(sandboxOptions({ capabilities: 'root-tools' }))
  const script =
    'echo x >/logs/agent/x; touch /logs/artifacts/gone; rm /logs/artifacts/gone; rm -r /usr/share/doc'
  await sandbox.exec(shell(script), WITHIN)
  const image = await sandbox.snapshot()
  const wrote = (folder: string) => sandbox.wroteBelow(folder)
  expect([wrote('/logs/agent'), wrote('/logs/artifacts'), wrote('/usr/share')]).toEqual([
    true,
    false,
    false,
  ])
  await host.removeSnapshot(image)
  await using idle = await host.start(sandboxOptions())
  await idle.snapshot()
  expect(idle.wroteBelow('/logs')).toBe(false)
})
