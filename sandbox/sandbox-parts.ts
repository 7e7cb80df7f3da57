import type Docker from 'dockerode'
import { removeContainer } from './container-lifecycle.ts'
import type { SandboxNetwork } from './sandbox-network.ts'

/** All that one sandbox is made of in the daemon, so that it goes as a whole. */
export class SandboxParts {
  readonly network: SandboxNetwork
  readonly #containers: Docker.Container[] = []
  #released = false

  constructor(network: SandboxNetwork) {
    this.network = network
  }

  get containers(): readonly Docker.Container[] {
    return this.#containers
  }

  add(container: Docker.Container): Docker.Container {
    this.#containers.push(container)
    return container
  }

  /** Once it has succeeded, nothing more happens; what failed can be tried again. */
  async remove(): Promise<void> {
    if (this.#released) return
    await Promise.all(this.#containers.map(removeContainer))
    // Twice would hand a loopback to two sandboxes at once.
    if (this.#released) return
    this.#released = true
    await this.network.release()
  }
}
