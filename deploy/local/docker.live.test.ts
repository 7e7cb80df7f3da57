import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { OwnDocker } from '../../test/support/own-docker.ts'
import { BASE_IMAGE, ensureBaseImage } from './base-image.ts'
import { rootfsPath } from './rootfs.ts'
import { runCommand } from './run-command.ts'
import { scratchFolder } from './scratch-folder.ts'

test('a daemon starts over what a crash left, and gets its base image from the cache', async () => {
  const folder = await scratchFolder()
  const said: string[] = []
  const say = (line: string) => said.push(line)
  const daemon = new OwnDocker(folder, say)
  onTestFinished(() => daemon[Symbol.asyncDispose]())
  await daemon.leaveStalePidFiles()
  const { docker } = await daemon.start()
  expect(said.filter((line) => line.startsWith('removing'))).toHaveLength(2)

  const cache = join(folder, 'cache')
  const rootfs = rootfsPath(cache, 'trixie')
  await mkdir(dirname(rootfs), { recursive: true })
  await writeFile(rootfs, 'no archive')
  const options = { cache, say, install: false, environment: process.env }
  await expect(ensureBaseImage(docker, options)).rejects.toMatchObject({
    code: 'image.build-failed',
  })
  await writeFile(join(folder, 'etc-release'), 'trixie')
  await runCommand('tar', ['-czf', rootfs, '-C', folder, 'etc-release'], { timeoutMs: 10_000 })
  await ensureBaseImage(docker, options)
  const image = await docker.getImage(BASE_IMAGE).inspect()
  expect(image.RepoTags).toContain('debian:trixie')
  expect(image.Config).toMatchObject({
    Cmd: ['bash'],
    Labels: { 'systems-bench.base': 'debootstrap', 'systems-bench.base.suite': 'trixie' },
  })

  said.length = 0
  await ensureBaseImage(docker, options)
  expect(said).toEqual([])
})
