import { randomUUID } from 'node:crypto'
import type Docker from 'dockerode'
import { createContainer, HELPER_PIDS_LIMIT, removeContainer } from './container-lifecycle.ts'
import { dockerCall, TIME_LIMITS } from './docker-call.ts'
import { LABELS, leaseLabel } from './labels.ts'
import type { SandboxIdentity } from './sandbox.ts'

/** A container that does nothing but hold a network namespace with a loopback and nothing else. */
export interface Loopback {
  readonly container: string
  readonly madeAt: number
}

/** A holder is replaced well before its lease ends. */
const LEASE_MS = 2 * 3_600_000
const LIFE_MS = 3_600_000

/**
 * Network namespaces for sandboxes to join, one sandbox at a time. Docker needs twice the processor
 * time for a container that makes its own (0.22 against 0.11 core-seconds with Engine 20.10).
 *
 * What a sandbox could leave in one for the next: nothing. Sockets end with its processes, no
 * TIME_WAIT is kept, changing the namespace takes a capability that none has, and the files in
 * /etc that come with it are read-only for those who join.
 */
export class LoopbackPool implements AsyncDisposable {
  readonly #docker: Docker
  readonly #owner: string
  readonly #idle: Loopback[] = []
  readonly #made = new Set<string>()
  #image: string | null = null

  constructor(docker: Docker, owner: string) {
    this.#docker = docker
    this.#owner = owner
  }

  /**
   * @param image what the sandbox runs from; holders are made from agents' images alone, because
   *   those outlive them.
   * @returns null when none can be had: the sandbox then makes its own.
   */
  async take(image: string, identity: SandboxIdentity): Promise<Loopback | null> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (Date.now() - idle.madeAt < LIFE_MS) return idle
      await this.drop(idle)
    }
    if (identity.role === 'agent') this.#image = image
    return this.#image === null ? null : this.#make(this.#image, identity)
  }

  /** For the next sandbox; only once every process of the last one has ended. */
  giveBack(loopback: Loopback): void {
    this.#idle.push(loopback)
  }

  /** Drops those that are idle: the next sandboxes get fresh ones. */
  async forget(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((idle) => this.drop(idle)))
  }

  async drop({ container }: Loopback): Promise<void> {
    this.#made.delete(container)
    await removeContainer(this.#docker.getContainer(container)).catch(() => undefined)
  }

  async #make(image: string, { node, boot }: SandboxIdentity): Promise<Loopback | null> {
    const container = await createContainer(this.#docker, {
      name: `sbench-loopback-${randomUUID().slice(0, 13)}`,
      Image: image,
      Hostname: 'sandbox',
      Entrypoint: ['sleep'],
      Cmd: ['infinity'],
      User: '65534:65534',
      StopSignal: 'SIGKILL',
      Labels: {
        [LABELS.kind]: 'sandbox',
        [LABELS.owner]: this.#owner,
        [LABELS.node]: node,
        [LABELS.boot]: boot,
        [LABELS.role]: 'loopback',
        [LABELS.lease]: leaseLabel(LEASE_MS),
      },
      HostConfig: {
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        ReadonlyRootfs: true,
        PidsLimit: HELPER_PIDS_LIMIT,
        LogConfig: { Type: 'none', Config: {} },
        RestartPolicy: { Name: 'no' },
        Sysctls: {
          'net.ipv4.ip_unprivileged_port_start': '0',
          'net.ipv4.tcp_max_tw_buckets': '0',
        },
        NetworkMode: 'none',
        Dns: ['127.0.0.1'],
        DnsSearch: ['.'],
      },
    })
    this.#made.add(container.id)
    const loopback = { container: container.id, madeAt: Date.now() }
    try {
      await dockerCall('start a loopback', TIME_LIMITS.changeMs, (abortSignal) =>
        container.start({ abortSignal }),
      )
      return loopback
    } catch {
      // An image without `sleep`, or a kernel without these settings: sandboxes make their own.
      await this.drop(loopback)
      return null
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#made].map((container) => this.drop({ container, madeAt: 0 })))
  }
}
