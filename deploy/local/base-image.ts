import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import type Docker from 'dockerode'
import { Failure, messageOf } from '../../core/failure.ts'
import type { InstallOptions } from './apt.ts'
import { buildRootfs, rootfsPath } from './rootfs.ts'

/** What every image of ours starts from. */
export const BASE_IMAGE = 'debian:trixie-slim'
const SUITE = 'trixie'
/** Names that task images use for the same thing; given only to an image that was made here. */
const OTHER_NAMES = ['trixie', '13-slim', '13']

export interface BaseImageOptions extends InstallOptions {
  readonly cache: string
}

/** Longest silence of a registry before the image is made here instead, in milliseconds. */
const PULL_IDLE_MS = 15_000
const IMPORT_MS = 300_000

/**
 * The base image: as it is, else pulled, else made with debootstrap from Debian's own packages and
 * imported. Its root file system stays in the cache, so that a wiped daemon has it back in seconds.
 *
 * @throws Failure `image.build-failed`, `install.refused`, `prerequisite.missing`.
 */
export async function ensureBaseImage(docker: Docker, options: BaseImageOptions): Promise<void> {
  if (await hasImage(docker, BASE_IMAGE)) return
  const { say, cache } = options
  const cached = rootfsPath(cache, SUITE)
  const isCached = (await stat(cached).catch(() => undefined)) !== undefined
  if (!isCached) {
    say(`pulling ${BASE_IMAGE}`)
    const trouble = await pull(docker, BASE_IMAGE)
    if (trouble === undefined) return
    say(
      `could not pull ${BASE_IMAGE} (${trouble}); making it with debootstrap, once, about a minute`,
    )
    await buildRootfs(SUITE, options)
  }
  say(`importing ${BASE_IMAGE} from ${cached}`)
  try {
    await importRootfs(docker, cached)
  } catch (error) {
    await rm(cached, { force: true })
    throw new Failure(
      'image.build-failed',
      `${BASE_IMAGE} could not be imported: ${messageOf(error)}. ${cached} was removed; start again to make it anew.`,
      { facts: { image: BASE_IMAGE }, cause: error },
    )
  }
}

export async function hasImage(docker: Docker, name: string): Promise<boolean> {
  try {
    await docker.getImage(name).inspect()
    return true
  } catch (error) {
    if (error instanceof Error && 'statusCode' in error && error.statusCode === 404) return false
    throw error
  }
}

/** @returns what went wrong, or undefined when the image is there. */
async function pull(docker: Docker, name: string): Promise<string | undefined> {
  const abort = new AbortController()
  let timer = setTimeout(() => abort.abort(), PULL_IDLE_MS)
  try {
    const stream = await docker.pull(name, { abortSignal: abort.signal })
    await follow(docker, stream, () => {
      clearTimeout(timer)
      timer = setTimeout(() => abort.abort(), PULL_IDLE_MS)
    })
    return (await hasImage(docker, name)) ? undefined : 'the daemon has no such image afterwards'
  } catch (error) {
    return abort.signal.aborted ? `silent for ${PULL_IDLE_MS / 1000} s` : messageOf(error)
  } finally {
    clearTimeout(timer)
  }
}

async function importRootfs(docker: Docker, file: string): Promise<void> {
  const [repo = '', tag = ''] = BASE_IMAGE.split(':')
  const stream = await docker.importImage(createReadStream(file), {
    repo,
    tag,
    changes: [
      'CMD ["bash"]',
      `LABEL systems-bench.base=debootstrap systems-bench.base.suite=${SUITE}`,
    ],
    abortSignal: AbortSignal.timeout(IMPORT_MS),
  })
  await follow(docker, stream)
  for (const other of OTHER_NAMES) {
    if (!(await hasImage(docker, `${repo}:${other}`))) {
      await docker.getImage(BASE_IMAGE).tag({ repo, tag: other })
    }
  }
}

function follow(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  onProgress: () => void = () => undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error) => (error === null ? resolve() : reject(error)),
      onProgress,
    )
  })
}
