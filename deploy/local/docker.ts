import Docker from 'dockerode'
import { z } from 'zod'
import { Failure, messageOf } from '../../core/failure.ts'
import type { Environment } from './run-command.ts'

/** A daemon that answers. */
export interface DockerDaemon {
  readonly docker: Docker
  readonly version: string
  readonly apiVersion: string
}

export const DEFAULT_SOCKET = '/var/run/docker.sock'

const versionSchema = z.object({ Version: z.string(), ApiVersion: z.string() })
const PING_MS = 5_000

/**
 * The daemon that `DOCKER_HOST` names, else the one behind the usual socket; undefined when nothing
 * listens on the usual socket.
 *
 * @throws Failure `docker.unreachable` when one was named but does not answer, or refuses this user.
 */
export async function findDocker(environment: Environment): Promise<DockerDaemon | undefined> {
  const named = environment.DOCKER_HOST
  if (named === undefined || named === '') return askDaemon(DEFAULT_SOCKET)
  const socket = /^unix:\/\/(.+)$/.exec(named)?.[1]
  const daemon =
    socket === undefined ? await askClient(new Docker(), named) : await askDaemon(socket)
  if (daemon !== undefined) return daemon
  throw new Failure(
    'docker.unreachable',
    `DOCKER_HOST is ${named}, but no daemon answers there. Start it, or unset DOCKER_HOST.`,
    { facts: { address: named } },
  )
}

/** The daemon behind a Unix socket, or undefined when nothing listens there. */
export async function askDaemon(socketPath: string): Promise<DockerDaemon | undefined> {
  return askClient(new Docker({ socketPath, timeout: 0 }), socketPath)
}

async function askClient(docker: Docker, address: string): Promise<DockerDaemon | undefined> {
  const silence = Promise.withResolvers<never>()
  const timer = setTimeout(() => silence.reject(new Error('no answer in 5 s')), PING_MS)
  try {
    const answer: unknown = await Promise.race([docker.version(), silence.promise])
    const { Version, ApiVersion } = versionSchema.parse(answer)
    return { docker, version: Version, apiVersion: ApiVersion }
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ECONNREFUSED')) return undefined
    const remedy = isCode(error, 'EACCES')
      ? `This user may not use it: run \`usermod -aG docker <user>\` as root and log in again.`
      : 'Restart the daemon.'
    throw new Failure(
      'docker.unreachable',
      `Docker at ${address}: ${messageOf(error)}. ${remedy}`,
      {
        facts: { address },
        cause: error,
      },
    )
  } finally {
    clearTimeout(timer)
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
