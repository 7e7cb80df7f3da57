import { randomUUID } from 'node:crypto'
import { tarOfEntries } from '../tasks/tar.ts'
import { writeArchive } from './archive.ts'
import { type BuildCa, CA_PATH } from './build-ca.ts'
import { createContainer, HELPER_PIDS_LIMIT, removeContainer } from './container-lifecycle.ts'
import { dockerCall, refusalOf, statusOf, TIME_LIMITS } from './docker-call.ts'
import type { DockerHost } from './docker-host.ts'
import { runExec } from './exec.ts'
import { LABELS, leaseLabel } from './labels.ts'

/**
 * Certificates that the RUN steps of a build see for as long as this is open. Docker's own builder
 * has no mounts, but a step that shares another container's network shares its /etc/hostname as
 * well, which is mounted and therefore never in a layer.
 */
export interface CertificateLoan extends AsyncDisposable {
  /** Docker's name for the network of the build. */
  readonly network: string
}

export interface LoanOptions {
  /** What the container runs from: it needs `sh`, `cat` and `sleep`. */
  readonly image: string
  readonly ca: BuildCa
  /** What steps shall be connected to; null is the daemon's default. */
  readonly network: string | null
  /** When the reaper may remove it, whoever lives. */
  readonly leaseMs: number
}

/** @returns null when nothing can be run from the image. */
export async function lendCertificates(
  host: DockerHost,
  { image, ca, network, leaseMs }: LoanOptions,
): Promise<CertificateLoan | null> {
  const container = await createContainer(host.docker, {
    name: `sbench-certificates-${randomUUID().slice(0, 13)}`,
    Image: image,
    Entrypoint: ['sleep'],
    Cmd: ['infinity'],
    User: '0',
    StopSignal: 'SIGKILL',
    Labels: {
      [LABELS.kind]: 'sandbox',
      [LABELS.owner]: host.owner,
      [LABELS.role]: 'certificates',
      [LABELS.lease]: leaseLabel(leaseMs),
    },
    HostConfig: {
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: HELPER_PIDS_LIMIT,
      LogConfig: { Type: 'none', Config: {} },
      NetworkMode: network ?? 'default',
    },
  })
  const remove = () => removeContainer(container)
  try {
    await writeArchive(container, '/', tarOfEntries([{ path: 'ca.pem', bytes: ca.text }]))
    await dockerCall('start a container', TIME_LIMITS.changeMs, (abortSignal) =>
      container.start({ abortSignal }),
    )
    const command = ['sh', '-c', `cat /ca.pem >>${CA_PATH}`]
    const copied = await runExec(container, command, {
      user: '0',
      workdir: '/',
      timeoutMs: TIME_LIMITS.changeMs,
      outputLimitBytes: 1024,
    })
    if (copied.exitCode === 0) {
      return { network: `container:${container.id}`, [Symbol.asyncDispose]: remove }
    }
  } catch (error) {
    await remove()
    if (isNoSuchProgram(error)) return null
    throw error
  }
  await remove()
  return null
}

function isNoSuchProgram(error: unknown): boolean {
  return (
    statusOf(error) !== null && /executable file not found|no such file/i.test(refusalOf(error))
  )
}
