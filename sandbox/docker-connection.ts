import Docker from 'dockerode'
import { dockerCall, TIME_LIMITS, unreachable } from './docker-call.ts'

/** The newest Engine API that is used; an older daemon is spoken to in its own. */
const API_VERSION = '1.47'

export interface DockerConnection {
  readonly docker: Docker
  /** Such as `20.10.24`. */
  readonly engineVersion: string
  /** Negotiated, such as `1.41`. */
  readonly apiVersion: string
}

/** @throws Failure `docker.unreachable`, also for a daemon too old or too new to talk to. */
export async function connectDocker(socketPath?: string): Promise<DockerConnection> {
  const { engine, api } = await negotiate(connect(socketPath))
  return { docker: connect(socketPath, `v${api}`), engineVersion: engine, apiVersion: api }
}

function connect(socketPath: string | undefined, version?: string): Docker {
  const at = socketPath === undefined ? {} : { socketPath, host: undefined }
  try {
    return new Docker({ ...at, ...(version === undefined ? {} : { version }) })
  } catch (cause) {
    throw unreachable(cause)
  }
}

async function negotiate(docker: Docker) {
  const found = await dockerCall('tell its version', TIME_LIMITS.readMs, () => docker.version())
  const { Version: engine, ApiVersion: newest, MinAPIVersion: oldest } = found
  const api = isOlder(newest, API_VERSION) ? newest : API_VERSION
  if (isOlder(api, oldest)) throw unreachable(`it speaks no API older than ${oldest}`)
  if (isOlder(api, '1.41')) throw unreachable(`Engine ${engine} is too old: 20.10 is the oldest`)
  return { engine, api }
}

function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [thanMajor = 0, thanMinor = 0] = than.split('.').map(Number)
  return major < thanMajor || (major === thanMajor && minor < thanMinor)
}
