import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { BASE_IMAGE, ensureBaseImage } from './base-image.ts'
import { startDaemon } from './docker-daemon.ts'
import { recordOf, untilEnded } from './process-record.ts'
import { rootfsPath } from './rootfs.ts'
import { runCommand } from './run-command.ts'
import { scratchFolder } from './scratch-folder.ts'

/**
 * A daemon of its own with all its files in a scratch folder; needs root and dockerd. It has a
 * network namespace of its own too: `--bridge=none` removes the bridge that it finds, which would
 * be the one of the machine's own daemon.
 */
async function ownDaemon(folder: string, say: (line: string) => void) {
  const pidFile = join(folder, 'docker.pid')
  const execRoot = join(folder, 'exec')
  const containerdPidFile = join(execRoot, 'containerd', 'containerd.pid')
  await mkdir(dirname(containerdPidFile), { recursive: true })
  // What a crash leaves: pids that other processes have by now.
  for (const file of [pidFile, containerdPidFile]) await writeFile(file, `${process.pid}`)
  onTestFinished(async () => {
    const record = recordOf(Number(await readFile(pidFile, 'utf8')))
    if (record === undefined) return
    process.kill(record.pid, 'SIGTERM')
    await untilEnded(record, 15_000)
  })
  const roots = ['--data-root', join(folder, 'data'), '--exec-root', execRoot]
  const apart = ['--pidfile', pidFile, '--bridge=none', '--iptables=false']
  return startDaemon({
    ...{ environment: process.env, say, logs: folder, pidFile, containerdPidFile },
    socket: join(folder, 'docker.sock'),
    args: [...roots, ...apart],
    under: ['unshare', '--net'],
  })
}

test('a daemon starts over what a crash left, and gets its base image from the cache', async () => {
  const folder = await scratchFolder()
  const said: string[] = []
  const say = (line: string) => said.push(line)
  const { docker } = await ownDaemon(folder, say)
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
