import { availableParallelism } from 'node:os'
import type Docker from 'dockerode'
import { Failure } from '../core/failure.ts'
import { adoptableContainer } from './adoption.ts'
import { readArchive, withLogFolders } from './archive.ts'
import { createContainer, removeContainer, startFailure } from './container-lifecycle.ts'
import { containerSpec, type MainProcess } from './container-spec.ts'
import { dockerCall, refusalOf, statusOf, TIME_LIMITS } from './docker-call.ts'
import { connectDocker, type DockerConnection } from './docker-connection.ts'
import { DockerSandbox } from './docker-sandbox.ts'
import { putFirstFiles } from './first-files.ts'
import type { ImageBuilds } from './image-builds.ts'
import { LABELS, labelsOf, sandboxName } from './labels.ts'
import { attachMain, type MainCommand } from './main-command.ts'
import { OomEvents } from './oom-events.ts'
import { createRelay, relayName, startRelay } from './relay.ts'
import { RunnerSource } from './runner/runner-source.ts'
import type {
  ExecOptions,
  ImageFacts,
  ImageFiles,
  OpenFilesOptions,
  SandboxHost,
  SandboxOptions,
} from './sandbox.ts'
import { type SandboxNetwork, SandboxNetworks } from './sandbox-network.ts'
import { SandboxParts } from './sandbox-parts.ts'
import { Semaphore } from './semaphore.ts'

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
  readonly #networks: SandboxNetworks
  readonly #snapshotLeaseMs: number
  /** Containers that this process is at work in, those of earlier processes included. */
  readonly #held = new Set<string>()
  #runner: RunnerSource | null = null

  private constructor(connection: DockerConnection, options: DockerHostOptions) {
    this.docker = connection.docker
    this.owner = options.owner ?? 'sbench'
    this.engineVersion = connection.engineVersion
    this.apiVersion = connection.apiVersion
    this.#ooms = OomEvents.listen(connection.docker)
    this.#starts = new Semaphore(options.startsAtOnce ?? Math.max(2, availableParallelism()))
    this.#networks = new SandboxNetworks(
      connection.docker,
      this.owner,
      options.subnets ?? '10.201.0.0/16',
    )
    this.#snapshotLeaseMs = options.snapshotLeaseMs ?? DAY_MS
  }

  /** @throws Failure `docker.unreachable`, also for a daemon too old or too new to talk to. */
  static async open(options: DockerHostOptions = {}): Promise<DockerHost> {
    return new DockerHost(await connectDocker(options.socketPath), options)
  }

  /**
   * From now on agents' sandboxes have the runner, and relays can be made. Without, and where the
   * runner cannot be built, `Sandbox.runner` gives one of kind `exec`.
   */
  useRunner(builds: Pick<ImageBuilds, 'ensureBuilt'>): void {
    this.#runner = new RunnerSource(this, builds)
  }

  /**
   * Builds the runner if the daemon does not have it, which takes half a minute once per node.
   *
   * @returns why it cannot be had; null when all is well.
   */
  async prepareRunner(): Promise<string | null> {
    if (this.#runner === null) return 'this process does not use it'
    await this.#runner.get()
    return this.#runner.problem
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
      try {
        return await this.#startIn(await this.#networks.open(options), options, main)
      } catch (error) {
        await this.#networks.forget()
        if (!isLostLoopback(error)) throw startFailure(error, options)
      }
      try {
        return await this.#startIn(await this.#networks.open(options), options, main)
      } catch (error) {
        throw startFailure(error, options)
      }
    })
  }

  async adopt(options: SandboxOptions): Promise<DockerSandbox | null> {
    const found = await adoptableContainer(this.docker, this.owner, options.identity)
    if (found === null || this.#held.has(found.id)) return null
    const parts = new SandboxParts(this.#networks.adopt(found.networkMode))
    const container = parts.add(this.docker.getContainer(found.id))
    this.#held.add(found.id)
    try {
      // Anew, since it may have gone, or pass on to a socket of before.
      if (options.relay !== undefined) {
        await removeContainer(this.docker.getContainer(relayName(options.identity)))
        await this.#relay(parts, options, parts.network.loopback ?? found.id)
      }
    } catch (error) {
      this.#held.delete(found.id)
      throw startFailure(error, options)
    }
    return this.#sandbox(parts, { container, options, adopted: true })
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
        getArchive: (path, limits) => readArchive(container, path, limits),
        [Symbol.asyncDispose]: () => removeContainer(container),
      }
    } catch (error) {
      throw startFailure(error, { image, identity })
    }
  }

  /** What an attempt left to be graded, now that nobody will: a worker may die right after it. */
  async removeSnapshotsOf(trial: string, attempt: number): Promise<void> {
    const label = [
      `${LABELS.owner}=${this.owner}`,
      `${LABELS.kind}=snapshot`,
      `${LABELS.trial}=${trial}`,
      `${LABELS.attempt}=${attempt}`,
    ]
    const found = await dockerCall('list images', TIME_LIMITS.readMs, (abortSignal) =>
      this.docker.listImages({ filters: { label }, abortSignal }),
    )
    for (const { Id } of found) await this.removeSnapshot(Id)
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

  /** One small call. @throws Failure `docker.unreachable`, `sandbox.call-timed-out`. */
  async ping(): Promise<void> {
    await dockerCall('answer', TIME_LIMITS.readMs, () => this.docker.ping())
  }

  /** The daemon was away and may have lost what ran: nothing of it is lent any more. */
  async daemonIsBack(): Promise<void> {
    await this.#networks.forget()
    this.#runner?.forget()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#networks[Symbol.asyncDispose]()
    await this.#ooms[Symbol.asyncDispose]()
  }

  async #startIn(
    network: SandboxNetwork,
    options: SandboxOptions,
    main: MainProcess | null,
  ): Promise<Launched> {
    const parts = new SandboxParts(network)
    // A lent loopback is there already: the relay starts while the sandbox does.
    const early = network.loopback === null ? null : this.#relay(parts, options, network.loopback)
    early?.catch(() => undefined)
    try {
      const container = parts.add(await this.#create(network, options, main))
      await putFirstFiles(container, await withLogFolders(options.files))
      const running = main === null ? null : await attachMain(container, main.options)
      await dockerCall('start a container', TIME_LIMITS.changeMs, (abortSignal) =>
        container.start({ abortSignal }),
      )
      await (early ?? this.#relay(parts, options, container.id))
      const sandbox = this.#sandbox(parts, { container, options, adopted: false })
      return { sandbox, running }
    } catch (error) {
      await early?.catch(() => undefined)
      for (const { id } of parts.containers) this.#held.delete(id)
      // What failed matters more than a failure to tidy up, which the reaper repeats.
      await parts.remove().catch(() => undefined)
      throw error
    }
  }

  async #create(
    { network, loopback }: SandboxNetwork,
    options: SandboxOptions,
    main: MainProcess | null,
  ) {
    const wanted = options.runner ?? options.identity.role === 'agent'
    const runner = wanted ? ((await this.#runner?.get()) ?? null) : null
    const volumes = [...(runner === null ? [] : [runner.volume]), ...(options.volumes ?? [])]
    const labels = labelsOf('sandbox', { owner: this.owner, ...options })
    const spec = containerSpec({ ...options, volumes }, { labels, network, loopback, main })
    const container = await createContainer(this.docker, spec, (id) => this.#held.has(id))
    this.#held.add(container.id)
    return container
  }

  async #relay(parts: SandboxParts, options: SandboxOptions, beside: string): Promise<void> {
    const { relay, identity } = options
    if (relay === undefined) return
    const labels = labelsOf('sandbox', { owner: this.owner, ...options })
    const image = await this.#relayImage()
    const made = await createRelay(this.docker, { identity, relay, image, labels, beside })
    await startRelay(parts.add(made))
  }

  async #relayImage(): Promise<string> {
    if (this.#runner !== null) return (await this.#runner.demand()).image
    throw new Failure('sandbox.start-failed', 'A relay needs the runner, which is not in use.')
  }

  #sandbox(parts: SandboxParts, { container, options, adopted }: MadeSandbox): DockerSandbox {
    return new DockerSandbox({
      docker: this.docker,
      container,
      options,
      adopted,
      ooms: this.#ooms,
      owner: this.owner,
      snapshotLeaseMs: this.#snapshotLeaseMs,
      onRunnerUnusable: () => this.#runner?.forget(),
      remove: async () => {
        this.#held.delete(container.id)
        await parts.remove()
      },
    })
  }
}

/** The holder of a loopback that was lent went with a restart of the daemon. */
const isLostLoopback = (error: unknown): boolean =>
  statusOf(error) !== null && /cannot join network|no such container/i.test(refusalOf(error))

interface Launched {
  readonly sandbox: DockerSandbox
  /** The command that is its main process; null when it waits for commands. */
  readonly running: MainCommand | null
}

interface MadeSandbox {
  readonly container: Docker.Container
  readonly options: SandboxOptions
  readonly adopted: boolean
}
