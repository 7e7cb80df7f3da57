import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type Docker from 'dockerode'
import { Failure } from '../core/failure.ts'
import { createContainer, HELPER_PIDS_LIMIT } from './container-lifecycle.ts'
import { dockerCall, TIME_LIMITS } from './docker-call.ts'
import { LABELS, type Labels, sandboxName } from './labels.ts'
import { RUNNER_PROGRAM } from './runner/runner-connection.ts'
import type { SandboxIdentity, SandboxOptions } from './sandbox.ts'

export interface RelayOptions {
  readonly identity: SandboxIdentity
  readonly relay: NonNullable<SandboxOptions['relay']>
  /** The runner's image. */
  readonly image: string
  /** The sandbox's. */
  readonly labels: Labels
  /** Id of the container whose loopback it answers on. */
  readonly beside: string
}

/** Each waiting or open connection takes two descriptors. */
const OPEN_FILES = 16_384
const MEMORY_BYTES = 128 * 1024 * 1024
const RESTARTS = 5
const SOCKET_FOLDER = '/socket'

export const relayName = (identity: SandboxIdentity) => `${sandboxName(identity)}-relay`

/**
 * Makes the container that passes connections on the sandbox's loopback to a socket of this machine.
 * It alone sees the socket, of whose folder's owner it has the rights, and nothing else.
 */
export async function createRelay(
  docker: Docker,
  { identity, relay, image, labels, beside }: RelayOptions,
): Promise<Docker.Container> {
  const folder = dirname(relay.socketPath)
  const { uid, gid } = await stat(folder).catch((cause: unknown) => {
    throw new Failure('sandbox.start-failed', `The relay's folder ${folder} cannot be read.`, {
      facts: { folder },
      cause,
    })
  })
  return createContainer(docker, {
    name: relayName(identity),
    Image: image,
    Entrypoint: [RUNNER_PROGRAM],
    Cmd: ['relay', String(relay.port), `${SOCKET_FOLDER}/${basename(relay.socketPath)}`],
    User: `${uid}:${gid}`,
    StopSignal: 'SIGKILL',
    Labels: { ...labels, [LABELS.role]: 'relay' },
    HostConfig: {
      NetworkMode: `container:${beside}`,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      PidsLimit: HELPER_PIDS_LIMIT,
      Memory: MEMORY_BYTES,
      MemorySwap: MEMORY_BYTES,
      Ulimits: [
        { Name: 'nofile', Soft: OPEN_FILES, Hard: OPEN_FILES },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      LogConfig: { Type: 'none', Config: {} },
      // Without it the agent would be charged with a model that nobody can reach.
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: RESTARTS },
      // The folder, since a worker that starts anew makes a new socket in it.
      Mounts: [{ Type: 'bind', Source: folder, Target: SOCKET_FOLDER, ReadOnly: true }],
    },
  })
}

/** What it joins must run by then. */
export async function startRelay(container: Docker.Container): Promise<void> {
  await dockerCall('start a relay', TIME_LIMITS.changeMs, (abortSignal) =>
    container.start({ abortSignal }),
  )
}
