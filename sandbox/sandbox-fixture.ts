import { randomUUID } from 'node:crypto'
import { newSweepId, trialIdOf } from '../core/ids.ts'
import { DockerHost, type DockerHostOptions } from './docker-host.ts'
import { type ImageBuildsOptions, imageBuilds } from './image-builds.ts'
import { LABELS } from './labels.ts'
import type { SandboxIdentity, SandboxOptions } from './sandbox.ts'

/** A small image that the daemon has: sh, bash and the usual commands. */
export const TEST_IMAGE = 'debian:trixie-slim'

const SWEEP = newSweepId()
let trials = 0

/** Another trial with every call. */
export function testIdentity(changes: Partial<SandboxIdentity> = {}): SandboxIdentity {
  trials += 1
  const trial = trialIdOf(SWEEP, 'contestant', 'task', trials)
  return { sweep: SWEEP, trial, attempt: 1, node: 'node', boot: 'boot', role: 'agent', ...changes }
}

/** The smallest sandbox, shut in; `changes` say what a test is about. */
export function sandboxOptions(changes: Partial<SandboxOptions> = {}): SandboxOptions {
  return {
    identity: testIdentity(),
    image: TEST_IMAGE,
    cpus: 1,
    memoryMb: 256,
    largestFileMb: 1_024,
    pidsLimit: 64,
    network: 'none',
    env: {},
    capabilities: 'none',
    leaseMs: 300_000,
    ...changes,
  }
}

/** A host whose things belong to this test run alone; closing it removes whatever is left. */
export async function openTestHost(options: DockerHostOptions = {}): Promise<DockerHost> {
  return DockerHost.open({ owner: `sbench-test-${randomUUID()}`, ...options })
}

/** One whose agents' sandboxes have the runner, which stays in the daemon for later runs. */
export async function openTestHostWithRunner(
  environment: ImageBuildsOptions['environment'],
): Promise<DockerHost> {
  const host = await openTestHost()
  host.useRunner(imageBuilds(host, { environment }))
  const problem = await host.prepareRunner()
  if (problem === null) return host
  throw new Error(`The runner is needed for this test and cannot be built: ${problem}`)
}

/** What the daemon still holds of a host: names of containers, networks and snapshots. */
export async function leftovers({ docker, owner }: DockerHost): Promise<string[]> {
  const filters = { label: [`${LABELS.owner}=${owner}`] }
  const containers = await docker.listContainers({ all: true, filters })
  const networks = await docker.listNetworks({ filters })
  // What has no name is Docker's cache of builds, which is Docker's to tidy.
  const named = { ...filters, dangling: ['false'] }
  const images = await docker.listImages({ filters: named })
  return [
    ...containers.flatMap(({ Names }) => Names),
    ...networks.map(({ Name }) => Name),
    ...images.flatMap(({ RepoTags }) => RepoTags ?? ['untagged image']),
  ]
}
