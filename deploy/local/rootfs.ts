import { readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../core/failure.ts'
import { aptInstall, type InstallOptions } from './apt.ts'
import { findOnPath } from './find-on-path.ts'
import { type Environment, howItEnded, runCommand } from './run-command.ts'
import { inWorkFolder } from './work-folder.ts'

export interface RootfsOptions extends InstallOptions {
  readonly cache: string
}

export function rootfsPath(cache: string, suite: string): string {
  return join(cache, 'images', `debian-${suite}-${process.arch}.tar.gz`)
}

const BOOTSTRAP_MS = 900_000
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/**
 * Makes a minimal Debian root file system and keeps it as a tar in the cache. It is taken from the
 * mirror that this machine's apt uses where that is Debian's, else from debootstrap's own default, and
 * checked against Debian's archive keys.
 *
 * @throws Failure `image.build-failed`, `install.refused`, `prerequisite.missing` (also when not root).
 */
export async function buildRootfs(suite: string, options: RootfsOptions): Promise<void> {
  const { cache, environment } = options
  if (process.getuid?.() !== 0) {
    throw new Failure(
      'prerequisite.missing',
      `debian:${suite}-slim can be neither pulled nor, without root, made with debootstrap. Pull it where a registry is in reach, or run \`sbench up\` once as root.`,
    )
  }
  if ((await findOnPath('debootstrap', environment)) === undefined) {
    await aptInstall(['debootstrap', 'debian-archive-keyring'], options)
  }
  await inWorkFolder(join(cache, 'images'), 'rootfs', async (folder) => {
    const root = join(folder, 'root')
    const mirror = await debianMirror(environment)
    const flags = ['--variant=minbase', `--keyring=${KEYRING}`]
    const source = mirror === undefined ? [] : [mirror]
    await must('debootstrap', [...flags, suite, root, ...source], environment)
    await slimDown(root)
    const tar = join(folder, 'rootfs.tar.gz')
    const pack = ['--numeric-owner', '--use-compress-program=gzip -1', '-C', root, '-cf', tar, '.']
    await must('tar', pack, environment)
    await rename(tar, rootfsPath(cache, suite))
  })
}

/** The main Debian archive in this machine's apt sources, if it has one. */
async function debianMirror(environment: Environment): Promise<string | undefined> {
  const format = '$(ORIGIN)|$(LABEL)|$(REPO_URI)'
  const ran = await runCommand('apt-get', ['indextargets', '--format', format], {
    timeoutMs: 10_000,
    env: environment,
  })
  const line = ran.output.split('\n').find((found) => found.startsWith('Debian|Debian|'))
  return line?.split('|')[2]
}

const EXCLUDED = ['doc', 'man', 'info', 'locale', 'groff', 'lintian', 'linda']

/** Leaves out what Debian's own slim image leaves out, now and at later installs. */
async function slimDown(root: string): Promise<void> {
  await empty(join(root, 'var/lib/apt/lists'))
  await empty(join(root, 'var/cache/apt'))
  await empty(join(root, 'var/log'))
  for (const folder of EXCLUDED.filter((name) => name !== 'doc')) {
    await empty(join(root, 'usr/share', folder))
  }
  const docs = join(root, 'usr/share/doc')
  for (const name of await readdir(docs)) {
    const files = await readdir(join(docs, name)).catch(() => [])
    for (const file of files) {
      if (file !== 'copyright') await rm(join(docs, name, file), { recursive: true, force: true })
    }
  }
  const rules = EXCLUDED.map((folder) => `path-exclude /usr/share/${folder}/*`)
  await writeFile(
    join(root, 'etc/dpkg/dpkg.cfg.d/docker'),
    `${[...rules, 'path-include /usr/share/doc/*/copyright', 'force-unsafe-io'].join('\n')}\n`,
  )
  await writeFile(
    join(root, 'etc/apt/apt.conf.d/docker-clean'),
    'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };\nDir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\nAcquire::Languages "none";\n',
  )
  await writeFile(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 })
}

async function empty(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    await rm(join(folder, name), { recursive: true, force: true })
  }
}

async function must(
  command: string,
  args: readonly string[],
  environment: Environment,
): Promise<void> {
  const ran = await runCommand(command, args, { timeoutMs: BOOTSTRAP_MS, env: environment })
  if (ran.code === 0) return
  throw new Failure('image.build-failed', `${command} ${howItEnded(ran)}`, { facts: { command } })
}
