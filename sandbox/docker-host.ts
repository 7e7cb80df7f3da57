import { randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import Docker from 'dockerode'
import { Failure } from '../core/failure.ts'
import { readArchive, withLogFolders } from './archive.ts'
import { createContainer, removeContainer, startFailure } from './container-lifecycle.ts'
import { containerSpec, type MainProcess } from './container-spec.ts'
import { dockerCall, statusOf, TIME_LIMITS, unreachable } from './docker-call.ts'
import { DockerSandbox } from './docker-sandbox.ts'
import { putFirstFiles } from './first-files.ts'
import { LABELS, labelsOf, sandboxName } from './labels.ts'
import { type Loopback, LoopbackPool } from './loopback-pool.ts'
import { attachMain, type MainCommand } from './main-command.ts'
import { OomEvents } from './oom-events.ts'
import { createPublicNetwork, removePublicNetwork } from './public-network.ts'
import type {
  ExecOptions,
  ImageFacts,
  ImageFiles,
  OpenFilesOptions,
  SandboxHost,
  SandboxOptions,
} from './sandbox.ts'
import { Semaphore } from './semaphore.ts'
import { SubnetPool } from './subnet-pool.ts'

export interface DockerHostOptions {
  /** Path of the daemon's socket; by default what DOCKER_HOST says, or Docker's own default. */
  readonly socketPath?: string
  /** The installation that things in the daemon belong to; `sbench` by default. */
  readonly owner?: string
  /** Containers that may be starting at once; by default 2 for every 2 cores. */
  readonly startsAtOnce?: number
  /** Private IPv4 block for the networks of tasks that need one; 10.201.0.0/16 by default. */
  readonly subnets?: string
  /** How long a snapshot may wait for its grading before the reaper takes it; a day by default. */
  readonly snapshotLeaseMs?: number
}

/** The newest Engine API that is used; an older daemon is spoken to in its own. */
const API_VERSION = '1.47'
const DAY_MS = 86_400_000

/** Sandboxes as containers of one Docker daemon, through its Engine API. */
export class DockerHost implements SandboxHost {
  /** The client, for the modules of this folder. */
  readonly docker: Docker
  readonly owner: string
  /** Such as `20.10.24`. */
  readonly engineVersion: string
  /** Negotiated, such as `1.41`. */
  readonly apiVersion: string
  readonly #ooms: OomEvents
  readonly #starts: Semaphore
  /** Docker locks the firewall for each network: more at once only wait there. */
  readonly #networks = new Semaphore(1)
  readonly #subnets: SubnetPool
  readonly #loopbacks: LoopbackPool
  readonly #snapshotLeaseMs: number

  private constructor(docker: Docker, versions: Versions, options: DockerHostOptions) {
    this.docker = docker
    this.owner = options.owner ?? 'sbench'
    this.engineVersion = versions.engine
    this.apiVersion = versions.api
    this.#ooms = OomEvents.listen(docker)
    this.#starts = new Semaphore(options.startsAtOnce ?? Math.max(2, availableParallelism()))
    this.#subnets = new SubnetPool(options.subnets ?? '10.201.0.0/16', randomInt(1_000) / 1_000)
    this.#loopbacks = new LoopbackPool(docker, this.owner)
    this.#snapshotLeaseMs = options.snapshotLeaseMs ?? DAY_MS
  }

  /** @throws Failure `docker.unreachable`, also for a daemon too old or too new to talk to. */
  static async open(options: DockerHostOptions = {}): Promise<DockerHost> {
    const versions = await negotiate(connect(options))
    return new DockerHost(connect(options, `v${versions.api}`), versions, options)
  }

  async start(options: SandboxOptions): Promise<DockerSandbox> {
    return (await this.#launch(options, null)).sandbox
  }

  async runToEnd(options: SandboxOptions, command: readonly string[], exec: ExecOptions) {
    const { hasEntrypoint } = await this.inspectImage(options.image)
    const main = hasEntrypoint ? null : { command, options: exec }
    const { sandbox, running } = await this.#launch(options, main)
    try {
      const result = await (running?.finish() ?? sandbox.exec(command, exec))
      if (running === null) await sandbox.stop()
      else sandbox.hasEnded()
      return { sandbox, result }
    } catch (error) {
      await sandbox[Symbol.asyncDispose]()
      throw error
    }
  }

  #launch(options: SandboxOptions, main: MainProcess | null): Promise<Launched> {
    return this.#starts.run(async () => {
      const { docker, owner } = this
      const network = options.network === 'public' ? await this.#openNetwork(options) : null
      const labels = labelsOf('sandbox', { owner, ...options })
      const loopback = await this.#takeLoopback(options)
      let isOurs = loopback !== null
      const giveBack = () => {
        // Twice would hand it to two sandboxes at once.
        if (isOurs && loopback !== null) this.#loopbacks.giveBack(loopback)
        isOurs = false
      }
      const remove = async (container: Docker.Container | null) => {
        if (container !== null) await removeContainer(container)
        giveBack()
        if (network === null) return
        await removePublicNetwork(docker, network.id)
        this.#subnets.giveBack(network.subnet)
      }
      let container: Docker.Container | null = null
      try {
        const spec = containerSpec(options, {
          labels,
          network: network?.id ?? null,
          loopback: loopback?.container ?? null,
          main,
        })
        container = await createContainer(docker, spec)
        const made = container
        await putFirstFiles(made, await withLogFolders(options.files))
        const running = main === null ? null : await attachMain(made, main.options)
        await dockerCall('start a container', TIME_LIMITS.changeMs, (abortSignal) =>
          made.start({ abortSignal }),
        )
        const sandbox = new DockerSandbox({
          docker,
          container: made,
          options,
          ooms: this.#ooms,
          owner,
          snapshotLeaseMs: this.#snapshotLeaseMs,
          remove: () => remove(made),
        })
        return { sandbox, running }
      } catch (error) {
        // What failed matters more than a failure to tidy up, which the reaper repeats.
        await remove(container).catch(() => undefined)
        // It may have been the loopback, gone with a restart of the daemon.
        await this.#loopbacks.forget()
        throw startFailure(error, options)
      }
    })
  }

  adopt(_options: SandboxOptions): Promise<DockerSandbox | null> {
    return Promise.resolve(null)
  }

  async inspectImage(image: string): Promise<ImageFacts> {
    try {
      const facts = await dockerCall('tell of an image', TIME_LIMITS.readMs, () =>
        this.docker.getImage(image).inspect(),
      )
      const { User = '', WorkingDir = '', Labels, Entrypoint } = facts.Config
      return {
        id: facts.Id,
        hasEntrypoint: Entrypoint !== null && Entrypoint !== undefined && Entrypoint.length > 0,
        user: User,
        workdir: WorkingDir || '/',
        labels: Labels ?? {},
      }
    } catch (error) {
      if (statusOf(error) !== 404) throw error
      throw new Failure('image.not-found', `The node's Docker daemon has no image ${image}.`, {
        facts: { image },
        cause: error,
      })
    }
  }

  async openFiles(image: string, { identity, leaseMs }: OpenFilesOptions): Promise<ImageFiles> {
    const labels = labelsOf('sandbox', { owner: this.owner, identity, leaseMs })
    try {
      const container = await createContainer(this.docker, {
        name: `${sandboxName(identity)}-files`,
        Image: image,
        Cmd: ['true'],
        Labels: labels,
        HostConfig: { NetworkMode: 'none' },
      })
      return {
        getArchive: (path, maxBytes) => readArchive(container, path, maxBytes),
        [Symbol.asyncDispose]: () => removeContainer(container),
      }
    } catch (error) {
      throw startFailure(error, { image, identity })
    }
  }

  async removeSnapshot(image: string): Promise<void> {
    const facts = await this.inspectImage(image).catch((error: unknown) => {
      if (error instanceof Failure && error.code === 'image.not-found') return null
      throw error
    })
    // A sandbox that nobody changed has its task's image for a snapshot: that one stays.
    if (facts === null || facts.labels[LABELS.kind] !== 'snapshot') return
    try {
      await dockerCall('remove a snapshot', TIME_LIMITS.changeMs, (abortSignal) =>
        this.docker.getImage(facts.id).remove({ force: true, abortSignal }),
      )
    } catch (error) {
      // 409: a sandbox still runs from it; the reaper takes it when its lease is over.
      if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loopbacks[Symbol.asyncDispose]()
    await this.#ooms[Symbol.asyncDispose]()
  }

  async #takeLoopback(options: SandboxOptions): Promise<Loopback | null> {
    const { network, reuseLoopback = false, image, identity } = options
    return network === 'none' && reuseLoopback ? this.#loopbacks.take(image, identity) : null
  }

  #openNetwork(options: SandboxOptions) {
    return this.#networks
      .run(() => createPublicNetwork(this.docker, this.#subnets, { owner: this.owner, ...options }))
      .catch((error: unknown) => {
        throw startFailure(error, options)
      })
  }
}

interface Launched {
  readonly sandbox: DockerSandbox
  readonly running: MainCommand | null
}

interface Versions {
  readonly engine: string
  readonly api: string
}

function connect({ socketPath }: DockerHostOptions, version?: string): Docker {
  const at = socketPath === undefined ? {} : { socketPath, host: undefined }
  try {
    return new Docker({ ...at, ...(version === undefined ? {} : { version }) })
  } catch (cause) {
    throw unreachable(cause)
  }
}

async function negotiate(docker: Docker): Promise<Versions> {
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
