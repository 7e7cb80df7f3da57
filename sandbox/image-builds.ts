import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../core/failure.ts'
import type { Digest } from '../core/ids.ts'
import { type Log, silentLog } from '../core/log.ts'
import { tarOfBuildContext } from '../tasks/tar.ts'
import type { Task } from '../tasks/task.ts'
import { buildNetwork, proxyArgs, readBuildCa } from './build-ca.ts'
import { buildImage, pullImage } from './build-image.ts'
import { caBuilds } from './build-with-ca.ts'
import type { DockerHost } from './docker-host.ts'
import { LABELS } from './labels.ts'
import type { ImageFacts } from './sandbox.ts'
import { Semaphore } from './semaphore.ts'

/** Images of tasks, there when they are needed. One a process and daemon. */
export interface ImageBuilds {
  /**
   * The image that the task's agent works in: built from `environment/` once, however many trials
   * want it at once, or the task's own `docker_image`, pulled when it is not there.
   *
   * @param taskDir the task's folder on this machine.
   * @throws Failure `image.not-found`, `image.build-failed`.
   */
  ensure(task: Task, taskDir: string): Promise<ImageFacts>
  /** The image of a separate verifier that has one of its own: from `tests/`, or as named. */
  ensureVerifier(task: Task, taskDir: string): Promise<ImageFacts>
  /** An image of our own from a folder with a Dockerfile, built once a node and content. */
  ensureBuilt(wanted: WantedImage): Promise<ImageFacts>
}

export interface WantedImage {
  readonly tag: string
  /** What the folder holds; an image of that tag and source is taken as it is. */
  readonly source: Digest
  readonly contextDir: string
  readonly timeoutMs: number
}

export interface ImageBuildsOptions {
  /**
   * Where `http_proxy`, `https_proxy`, `no_proxy` and the certificates of the proxy come from:
   * `SBENCH_BUILD_CA`, or else NODE_EXTRA_CA_CERTS or SSL_CERT_FILE. `SBENCH_BUILD_NETWORK` is the
   * network of RUN steps (`host`, `none`, a network's name); without it the daemon's default, or
   * the host's when the proxy listens on loopback, where nothing else reaches it.
   */
  readonly environment: Readonly<Record<string, string | undefined>>
  /**
   * Of each kind, tasks' images and our own, 1 by default: a build may take what the node has. An
   * agent's installation waits for downloads for a minute, and keeps no task from its image.
   */
  readonly buildsAtOnce?: number
  /** Hears of images that hold the proxy's certificates nevertheless. */
  readonly log?: Log
}

export function imageBuilds(host: DockerHost, options: ImageBuildsOptions): ImageBuilds {
  const { docker, owner } = host
  const underWay = new Map<string, Promise<ImageFacts>>()
  const turns = new Semaphore(options.buildsAtOnce ?? 1)
  const ownTurns = new Semaphore(options.buildsAtOnce ?? 1)
  const withCa = readBuildCa(options.environment).then(
    (ca) => ca && caBuilds(host, ca, options.log ?? silentLog),
  )
  // Whoever builds first hears of certificates that cannot be read.
  withCa.catch(() => undefined)
  const args = proxyArgs(options.environment)
  const network = buildNetwork(options.environment)

  const once = (name: string, make: () => Promise<ImageFacts>): Promise<ImageFacts> => {
    const running = underWay.get(name)
    if (running !== undefined) return running
    const started = make().finally(() => underWay.delete(name))
    underWay.set(name, started)
    return started
  }

  const labelsFor = (source: Digest) => ({
    [LABELS.kind]: 'task-image',
    [LABELS.owner]: owner,
    [LABELS.source]: source,
  })

  const prebuilt = (image: string, timeoutMs: number) =>
    once(image, async () => {
      const present = await find(host, image)
      if (present !== null) return present
      await pullImage(docker, image, timeoutMs)
      return host.inspectImage(image)
    })

  const built = (wanted: WantedImage, turn = turns) =>
    once(wanted.tag, async () => {
      const before = await find(host, wanted.tag)
      // A tag is short and anybody can move it: the label says what the image was built from.
      if (before?.labels[LABELS.source] === wanted.source) return before
      return turn.run(() => build(wanted))
    })

  const build = async ({
    tag,
    source,
    contextDir,
    timeoutMs,
  }: WantedImage): Promise<ImageFacts> => {
    const context = await tarOfBuildContext(contextDir)
    const final = { tag, labels: labelsFor(source), args, network, timeoutMs }
    const builds = await withCa
    if (builds === null) {
      await buildImage(docker, context, final)
    } else {
      await builds.build(context, await readFile(join(contextDir, 'Dockerfile'), 'utf8'), final)
    }
    return host.inspectImage(tag)
  }

  return {
    ensure(task, taskDir) {
      const { kind, dockerImage, buildTimeoutMs: timeoutMs } = task.environment
      if (kind === 'prebuilt' && dockerImage !== undefined) return prebuilt(dockerImage, timeoutMs)
      const source = task.environmentDigest
      const contextDir = join(taskDir, 'environment')
      return built({ tag: tagOf('sbench-task', source), source, contextDir, timeoutMs })
    },
    async ensureVerifier(task, taskDir) {
      const { environment } = task.verifier
      if (environment === undefined || environment.from === 'agent') {
        return this.ensure(task, taskDir)
      }
      const { from, dockerImage, buildTimeoutMs: timeoutMs } = environment
      if (from === 'image' && dockerImage !== undefined) return prebuilt(dockerImage, timeoutMs)
      const source = task.digest
      const contextDir = join(taskDir, 'tests')
      return built({ tag: tagOf('sbench-verifier', source), source, contextDir, timeoutMs })
    },
    ensureBuilt: (wanted) => built(wanted, ownTurns),
  }
}

function tagOf(repository: string, source: Digest): string {
  return `${repository}:${source.slice('sha256:'.length, 'sha256:'.length + 16)}`
}

async function find(host: DockerHost, image: string): Promise<ImageFacts | null> {
  return host.inspectImage(image).catch((error: unknown) => {
    if (error instanceof Failure && error.code === 'image.not-found') return null
    throw error
  })
}
