import { buffer } from 'node:stream/consumers'
import { digestOf } from '../core/ids.ts'
import { tarOfBuildContext } from '../tasks/tar.ts'
import type { DockerHost } from './docker-host.ts'
import { fillVolume, isFilledVolume } from './filled-volume.ts'
import type { ImageBuilds } from './image-builds.ts'
import type { SandboxVolume } from './sandbox.ts'

export interface InstallationFolder {
  /** Short, of lower-case letters, digits and `-`: part of the names in the daemon. */
  readonly name: string
  /** With a Dockerfile whose image has everything at `mountPath`. */
  readonly folder: string
  /** Absolute, in the image and in sandboxes. */
  readonly mountPath: string
}

/** What is installed once per node and mounted into each sandbox that wants it. One a process. */
export interface Installations {
  /**
   * The volume with what the folder's image has at `mountPath`, built and filled when it is not
   * there. The folder's content names both, so that a change makes another.
   *
   * @throws Failure `image.not-found`, `image.build-failed`, `agent.install-failed`.
   */
  ensure(installation: InstallationFolder): Promise<SandboxVolume>
}

const BUILD_MS = 20 * 60_000

export function installations(
  host: Pick<DockerHost, 'docker'>,
  builds: Pick<ImageBuilds, 'ensureBuilt'>,
): Installations {
  const underWay = new Map<string, Promise<SandboxVolume>>()
  const filled = new Set<string>()

  const install = async ({ name, folder, mountPath: path }: InstallationFolder) => {
    const content = await buffer(await tarOfBuildContext(folder))
    const source = digestOf(content, path)
    const short = source.slice('sha256:'.length, 'sha256:'.length + 16)
    const volume = { name: `sbench-${name}-${short}`, path }
    // It can be removed behind our back, which Docker would make good with an empty one.
    const isThere = await isFilledVolume(host.docker, { name: volume.name, source })
    if (filled.has(volume.name) && isThere) return volume
    const tag = `sbench-install-${name}:${short}`
    const image = await builds.ensureBuilt({
      tag,
      source,
      contextDir: folder,
      timeoutMs: BUILD_MS,
    })
    await fillVolume(host.docker, {
      ...volume,
      kind: 'installation',
      source,
      image: image.id,
    })
    filled.add(volume.name)
    return volume
  }

  return {
    ensure(installation) {
      const running = underWay.get(installation.folder)
      if (running !== undefined) return running
      const started = install(installation).finally(() => underWay.delete(installation.folder))
      underWay.set(installation.folder, started)
      return started
    },
  }
}
