import { buffer } from 'node:stream/consumers'
import tarStream, { type Header } from 'tar-stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeContainer } from './container-lifecycle.ts'
import type { DockerHost } from './docker-host.ts'
import { writeLayer } from './layer-files.ts'
import { layersOf } from './layers.ts'
import { openTestHost, sandboxOptions } from './sandbox-fixture.ts'

let host: DockerHost
beforeAll(async () => {
  host = await openTestHost()
})
afterAll(() => host[Symbol.asyncDispose]())

const WITHIN = { timeoutMs: 20_000 }
type Item = Partial<Header> & { readonly name: string; readonly text?: string }

async function tarOf(...items: Item[]): Promise<Uint8Array> {
  const pack = tarStream.pack()
  for (const { text = '', ...header } of items) pack.entry({ mtime: new Date(0), ...header }, text)
  pack.finalize()
  return buffer(pack)
}

/** A container made from an image and never started, with its layers. */
async function madeFrom(image: string) {
  const container = await host.docker.createContainer({ Image: image, Cmd: ['true'] })
  const layers = layersOf(await container.inspect())
  if (layers === null) throw new Error('this test needs a daemon with overlay2 and to be root')
  return { container, layers, [Symbol.asyncDispose]: () => removeContainer(container) }
}

const FILES: readonly Item[] = [
  { name: 'logs/', type: 'directory', mode: 0o755 },
  { name: 'logs/agent/', type: 'directory', mode: 0o1777 },
  { name: 'etc/', type: 'directory', mode: 0o755 },
  { name: 'etc/made', text: 'made', mode: 0o640, uid: 7, gid: 8 },
  { name: 'etc/hostname.link', type: 'symlink', linkname: 'hostname' },
  { name: 'var/lib/new/deep/run', text: '#!/bin/sh\necho ran\n', mode: 0o755 },
]
const LOOK =
  'stat -c "%n %a %u %g %F" /logs /logs/agent /etc /etc/made /etc/hostname.link /var/lib /var/lib/new/deep/run; ' +
  'cat /etc/made; readlink /etc/hostname.link; /var/lib/new/deep/run; ls /etc | wc -l'

test('files written into the layer are what Docker would have unpacked', async () => {
  const looked: string[] = []
  for (const how of ['layer', 'docker'] as const) {
    await using made = await madeFrom('debian:trixie-slim')
    const tar = await tarOf(...FILES)
    if (how === 'layer') expect(await writeLayer(made.layers, tar)).toBe(true)
    else await made.container.putArchive(Buffer.from(tar), { path: '/' })
    await made.container.commit({ repo: 'sbench-layer-test', tag: how })
    await using sandbox = await host.start(sandboxOptions({ image: `sbench-layer-test:${how}` }))
    looked.push((await sandbox.exec(['sh', '-c', LOOK], WITHIN)).stdout.text)
    await sandbox[Symbol.asyncDispose]()
    await host.docker.getImage(`sbench-layer-test:${how}`).remove({ force: true })
  }
  expect(looked[0]).toContain('ran')
  expect(looked[0]).toBe(looked[1])
})

async function planted(script: string): Promise<string> {
  await using sandbox = await host.start(sandboxOptions({ capabilities: 'root-tools' }))
  await sandbox.exec(['sh', '-c', script], WITHIN)
  return await sandbox.snapshot()
}

test.each([
  [
    'a file in a folder that is wiped',
    'mkdir -p /logs/verifier; echo 1 >/logs/verifier/reward.txt',
  ],
  ['a link in the place of a folder above', 'touch /srv/work; rm -rf /logs; ln -s /etc /logs'],
])('what an agent planted is left to Docker: %s', async (_, script) => {
  const image = await planted(script)
  await using made = await madeFrom(image)
  const tar = await tarOf(
    { name: 'logs/verifier', text: '' },
    { name: 'logs/verifier/', type: 'directory', mode: 0o755 },
  )
  expect(await writeLayer(made.layers, tar)).toBe(false)
  await made[Symbol.asyncDispose]()
  await host.removeSnapshot(image)
})

test('a command as the main process ends like one that is run in a sandbox', async () => {
  const options = { user: 'nobody', env: { WORD: 'hello' }, workdir: '/tmp', ...WITHIN }
  const script =
    'echo "$WORD $(id -un) $PWD"; echo 12345 >&2; mkdir /tmp/out; echo x >/tmp/out/x; exit 3'
  const run = await host.runToEnd(sandboxOptions(), ['sh', '-c', script], options)
  await using sandbox = run.sandbox
  expect(run.result).toMatchObject({ exitCode: 3, timedOut: false, outOfMemory: false })
  expect(run.result.stdout.text).toBe('hello nobody /tmp\n')
  expect(run.result.stderr.text).toBe('12345\n')
  const tar = await sandbox.getArchive('/tmp/out', { maxBytes: 10_000 })
  expect(Buffer.from(tar ?? []).toString('latin1')).toContain('out/x')
  await expect(sandbox.getArchive('/tmp/out', { maxBytes: 1 })).rejects.toMatchObject({
    code: 'sandbox.archive-too-large',
  })
})

test('a main process that takes too long is ended with all that it started', async () => {
  const command = ['sh', '-c', 'sleep 600 & echo begun; sleep 600']
  const { sandbox, result } = await host.runToEnd(sandboxOptions(), command, { timeoutMs: 1_500 })
  await using _sandbox = sandbox
  expect(result).toMatchObject({ exitCode: null, timedOut: true })
  expect(result.stdout.text).toBe('begun\n')
  const { State } = await host.docker.getContainer(sandbox.id).inspect()
  expect(State.Running).toBe(false)
})
