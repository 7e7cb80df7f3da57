import type Docker from 'dockerode'
import { removeContainer } from './container-lifecycle.ts'
import { dockerCall, statusOf, TIME_LIMITS } from './docker-call.ts'
import type { DockerHost } from './docker-host.ts'
import { LABELS, type LabelledKind } from './labels.ts'
import { removePublicNetwork } from './public-network.ts'
import { isStale, type Reaping } from './staleness.ts'

export interface ReapOptions {
  readonly node: string
  readonly boot: string
  /** See {@link Reaping.isRunning}. */
  readonly isRunning: (trial: string, attempt: number) => boolean
}

/** Names of what was removed. */
export interface Reaped {
  readonly containers: readonly string[]
  readonly networks: readonly string[]
  readonly images: readonly string[]
}

/**
 * Removes what nobody will remove any more, by name and never by a prune. Sandboxes have no volumes
 * but those that their images declare, which go with their containers. What is in use stays for
 * the next time.
 */
export async function reap(host: DockerHost, options: ReapOptions): Promise<Reaped> {
  const reaping: Reaping = { ...options, owner: host.owner, nowMs: Date.now() }
  const containers = await reapContainers(host.docker, reaping)
  const networks = await reapNetworks(host.docker, reaping)
  const images = await reapSnapshots(host.docker, reaping)
  return { containers, networks, images }
}

async function reapContainers(docker: Docker, reaping: Reaping): Promise<string[]> {
  const found = await dockerCall('list containers', TIME_LIMITS.readMs, (abortSignal) =>
    docker.listContainers({ all: true, filters: filterFor('sandbox', reaping), abortSignal }),
  )
  const removed: string[] = []
  const stale = found.filter(({ Labels }) => isStale(Labels, reaping))
  // An adopted sandbox goes on in a loopback that a process of before made.
  const joined = new Set(
    found
      .filter((container) => !stale.includes(container))
      .map(({ HostConfig }) => HostConfig.NetworkMode),
  )
  for (const { Id, Names } of stale) {
    if (joined.has(`container:${Id}`)) continue
    await removeContainer(docker.getContainer(Id))
    removed.push(Names[0]?.slice(1) ?? Id)
  }
  return removed
}

async function reapNetworks(docker: Docker, reaping: Reaping): Promise<string[]> {
  const found = await dockerCall('list networks', TIME_LIMITS.readMs, (abortSignal) =>
    docker.listNetworks({ filters: filterFor('network', reaping), abortSignal }),
  )
  const removed: string[] = []
  for (const { Id, Name, Labels } of found) {
    if (!isStale(Labels ?? {}, reaping)) continue
    if (await unlessInUse(() => removePublicNetwork(docker, Id))) removed.push(Name)
  }
  return removed
}

async function reapSnapshots(docker: Docker, reaping: Reaping): Promise<string[]> {
  const found = await dockerCall('list images', TIME_LIMITS.readMs, (abortSignal) =>
    docker.listImages({ filters: filterFor('snapshot', reaping), abortSignal }),
  )
  const removed: string[] = []
  for (const { Id, Labels } of found) {
    if (!isStale(Labels ?? {}, reaping)) continue
    const remove = () =>
      dockerCall('remove a snapshot', TIME_LIMITS.changeMs, (abortSignal) =>
        docker.getImage(Id).remove({ force: true, abortSignal }),
      )
    if (await unlessInUse(remove)) removed.push(Id)
  }
  return removed
}

function filterFor(kind: LabelledKind, { owner }: Reaping): { label: string[] } {
  return { label: [`${LABELS.kind}=${kind}`, `${LABELS.owner}=${owner}`] }
}

/** @returns false when Docker refuses because something still uses it. */
async function unlessInUse(remove: () => Promise<unknown>): Promise<boolean> {
  try {
    await remove()
    return true
  } catch (error) {
    const status = statusOf(error)
    if (status === 403 || status === 409) return false
    if (status === 404) return true
    throw error
  }
}
