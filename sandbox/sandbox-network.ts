import { randomInt } from 'node:crypto'
import type Docker from 'dockerode'
import { LoopbackPool } from './loopback-pool.ts'
import { createPublicNetwork, removePublicNetwork } from './public-network.ts'
import type { SandboxOptions } from './sandbox.ts'
import { Semaphore } from './semaphore.ts'
import { SubnetPool } from './subnet-pool.ts'

/** What a sandbox is connected to: a network of its own, a loopback lent to it, or neither. */
export interface SandboxNetwork {
  /** Id of the network. */
  readonly network: string | null
  /** Id of the container that holds the loopback. */
  readonly loopback: string | null
  /** Once, when the sandbox has gone. */
  release(): Promise<void>
}

const ALONE: SandboxNetwork = { network: null, loopback: null, release: async () => undefined }

/** Networks and loopbacks for the sandboxes of one daemon. */
export class SandboxNetworks implements AsyncDisposable {
  readonly #docker: Docker
  readonly #owner: string
  /** Docker locks the firewall for each network: more at once only wait there. */
  readonly #turns = new Semaphore(1)
  readonly #subnets: SubnetPool
  readonly #loopbacks: LoopbackPool

  /** @param subnets the private IPv4 block that networks are made from. */
  constructor(docker: Docker, owner: string, subnets: string) {
    this.#docker = docker
    this.#owner = owner
    this.#subnets = new SubnetPool(subnets, randomInt(1_000) / 1_000)
    this.#loopbacks = new LoopbackPool(docker, owner)
  }

  async open(options: SandboxOptions): Promise<SandboxNetwork> {
    if (options.network === 'public') return this.#openPublic(options)
    if (options.reuseLoopback !== true) return ALONE
    const loopback = await this.#loopbacks.take(options.image, options.identity)
    if (loopback === null) return ALONE
    return {
      network: null,
      loopback: loopback.container,
      release: async () => this.#loopbacks.giveBack(loopback),
    }
  }

  /**
   * What a sandbox of an earlier process has. It is removed with the sandbox, never lent again: its
   * labels are those of that process.
   *
   * @param networkMode as Docker tells it of the sandbox.
   */
  adopt(networkMode: string): SandboxNetwork {
    const [, loopback] = /^container:(.+)$/.exec(networkMode) ?? []
    if (loopback !== undefined) {
      const release = () => this.#loopbacks.drop({ container: loopback, madeAt: 0 })
      return { network: null, loopback, release }
    }
    if (networkMode === 'none') return ALONE
    const release = () => removePublicNetwork(this.#docker, networkMode)
    return { network: networkMode, loopback: null, release }
  }

  /** After a start that failed: it may have been the loopback, gone with a restart of the daemon. */
  forget(): Promise<void> {
    return this.#loopbacks.forget()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#loopbacks[Symbol.asyncDispose]()
  }

  async #openPublic(options: SandboxOptions): Promise<SandboxNetwork> {
    const { id, subnet } = await this.#turns.run(() =>
      createPublicNetwork(this.#docker, this.#subnets, { owner: this.#owner, ...options }),
    )
    return {
      network: id,
      loopback: null,
      release: async () => {
        await removePublicNetwork(this.#docker, id)
        this.#subnets.giveBack(subnet)
      },
    }
  }
}
