import { Failure } from '../../core/failure.ts'
import { aptInstall, canAptInstall } from './apt.ts'
import { ensureBaseImage } from './base-image.ts'
import { type DockerDaemon, findDocker } from './docker.ts'
import { startDaemon } from './docker-daemon.ts'
import { findOnPath } from './find-on-path.ts'
import type { Environment, Say } from './run-command.ts'

export interface PrepareDockerOptions {
  readonly install: boolean
  readonly environment: Environment
  readonly say: Say
  readonly cache: string
  /** Folder for the log of a daemon that is started here. */
  readonly logs: string
}

/** A daemon that answers and holds the base image. */
export async function prepareDocker(options: PrepareDockerOptions): Promise<DockerDaemon> {
  const daemon = await ensureDocker(options)
  await ensureBaseImage(daemon.docker, options)
  return daemon
}

/**
 * The reachable daemon as it is; where there is none, root has one installed and started.
 *
 * @throws Failure `install.refused`, `prerequisite.missing`, `docker.unreachable`.
 */
export async function ensureDocker(options: PrepareDockerOptions): Promise<DockerDaemon> {
  const { environment, say } = options
  const found = await findDocker(environment)
  if (found !== undefined) return found
  if (process.getuid?.() !== 0) {
    throw new Failure(
      'prerequisite.missing',
      'No Docker daemon answers, and only root can start one. Start it (systemctl start docker), or name one: DOCKER_HOST=unix:///path/to/docker.sock',
    )
  }
  if ((await findOnPath('dockerd', environment)) === undefined) {
    if (options.install && !(await canAptInstall())) {
      throw new Failure(
        'prerequisite.missing',
        'Docker is not installed, and only on Debian and Ubuntu is it installed from here. Install Docker Engine, or name a daemon: DOCKER_HOST=unix:///path/to/docker.sock',
      )
    }
    await aptInstall(['docker.io'], options)
    const started = await findDocker(environment)
    if (started !== undefined) return started
  }
  return startDaemon({ environment, say, logs: options.logs })
}
