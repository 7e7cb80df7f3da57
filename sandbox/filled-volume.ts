import { setTimeout as delay } from 'node:timers/promises'
import type Docker from 'dockerode'
import { Failure } from '../core/failure.ts'
import type { Digest } from '../core/ids.ts'
import { tarOfEntries } from '../tasks/tar.ts'
import { readArchive, writeArchive } from './archive.ts'
import { removeContainer } from './container-lifecycle.ts'
import { dockerCall, refusalOf, statusOf, TIME_LIMITS } from './docker-call.ts'
import { LABELS, type Labels, leaseEnd, leaseLabel } from './labels.ts'

export interface FilledVolume {
  /** Says what it is filled with, so that equal names mean equal content. */
  readonly name: string
  readonly kind: 'runner' | 'installation'
  readonly source: Digest
  /** The image whose files at `path` it is filled with. */
  readonly image: string
  /** Absolute, in the image and in sandboxes. */
  readonly path: string
}

/** Copying some hundred megabytes of small files takes its time. */
const FILL_MS = 3 * 60_000
const POLL_MS = 200
/** Put there once everything is copied; a volume without it was given up half filled. */
const MARK = '.sbench-complete'

/**
 * Fills a volume with an image's files, once per daemon however many processes want it at once:
 * Docker copies an image's files into a new volume that is mounted over them. The container that
 * does it has a fixed name, which is the lock. The volume has no owner and no lease: what is in it
 * is told by its name, so that all installations of a daemon share it and no reaper takes it.
 *
 * @throws Failure `agent.install-failed`; `docker.unreachable`, `sandbox.call-timed-out`.
 */
export async function fillVolume(docker: Docker, volume: FilledVolume): Promise<void> {
  const deadline = Date.now() + 2 * FILL_MS
  while (Date.now() < deadline) {
    const wasThere = (await labelsOfVolume(docker, volume.name)) !== null
    const filler = await createFiller(docker, volume)
    if (filler === null) {
      await delay(POLL_MS)
      continue
    }
    try {
      if (await isMarked(filler, volume)) return
      if (!wasThere) return await mark(filler, volume)
    } finally {
      await removeContainer(filler)
    }
    await removeVolume(docker, volume)
  }
  throw failed(volume, 'another process has been at it for too long')
}

/**
 * Whether it is there and was made by {@link fillVolume}. Docker makes an empty one without our
 * labels when a sandbox mounts a name that is not there.
 */
export async function isFilledVolume(
  docker: Docker,
  { name, source }: Pick<FilledVolume, 'name' | 'source'>,
): Promise<boolean> {
  return (await labelsOfVolume(docker, name))?.[LABELS.source] === source
}

/** @returns null when there is no such volume. */
async function labelsOfVolume(docker: Docker, name: string): Promise<Labels | null> {
  try {
    const found = await dockerCall('tell of a volume', TIME_LIMITS.readMs, () =>
      docker.getVolume(name).inspect(),
    )
    return found.Labels ?? {}
  } catch (error) {
    if (statusOf(error) === 404) return null
    throw error
  }
}

/** @returns null while another process is filling it. */
async function createFiller(
  docker: Docker,
  volume: FilledVolume,
): Promise<Docker.Container | null> {
  const { name, kind, source, image, path } = volume
  try {
    return await dockerCall('fill a volume', FILL_MS, (abortSignal) =>
      docker.createContainer({
        name: `${name}-filler`,
        Image: image,
        Cmd: ['true'],
        Labels: { [LABELS.kind]: 'sandbox', [LABELS.lease]: leaseLabel(2 * FILL_MS) },
        HostConfig: {
          NetworkMode: 'none',
          Mounts: [
            {
              Type: 'volume',
              Source: name,
              Target: path,
              ReadOnly: false,
              VolumeOptions: {
                NoCopy: false,
                Labels: { [LABELS.kind]: kind, [LABELS.source]: source },
                DriverConfig: { Name: 'local', Options: {} },
              },
            },
          ],
        },
        abortSignal,
      }),
    )
  } catch (error) {
    if (statusOf(error) !== 409) throw failed(volume, refusalOf(error), error)
    await removeAbandoned(docker.getContainer(`${name}-filler`))
    return null
  }
}

/** What a process that died left behind. */
async function removeAbandoned(filler: Docker.Container): Promise<void> {
  const found = await dockerCall('tell of a container', TIME_LIMITS.readMs, (abortSignal) =>
    filler.inspect({ abortSignal }),
  ).catch((error: unknown) => {
    if (statusOf(error) === 404) return null
    throw error
  })
  if (found !== null && leaseEnd(found.Config.Labels) < Date.now()) await removeContainer(filler)
}

async function isMarked(filler: Docker.Container, { path }: FilledVolume): Promise<boolean> {
  return (await readArchive(filler, `${path}/${MARK}`, { maxBytes: 64 * 1024 })) !== null
}

async function mark(filler: Docker.Container, { path }: FilledVolume): Promise<void> {
  await writeArchive(filler, path, tarOfEntries([{ path: MARK, bytes: '' }]))
}

async function removeVolume(docker: Docker, volume: FilledVolume): Promise<void> {
  try {
    await dockerCall('remove a volume', TIME_LIMITS.changeMs, () =>
      docker.getVolume(volume.name).remove(),
    )
  } catch (error) {
    if (statusOf(error) === 404) return
    throw failed(volume, `it is only half there and cannot be removed: ${refusalOf(error)}`, error)
  }
}

function failed({ name, image }: FilledVolume, why: string, cause?: unknown): Failure {
  return new Failure('agent.install-failed', `The volume ${name} cannot be filled: ${why}.`, {
    facts: { volume: name, image },
    cause,
  })
}
