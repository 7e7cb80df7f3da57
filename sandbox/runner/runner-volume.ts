import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type Docker from 'dockerode'
import { Failure } from '../../core/failure.ts'
import { type Digest, digestOf } from '../../core/ids.ts'
import { tarOfDirectory, tarOfEntries } from '../../tasks/tar.ts'
import { buildImage } from '../build-image.ts'
import { dockerCall, TIME_LIMITS } from '../docker-call.ts'
import type { DockerHost } from '../docker-host.ts'
import { fillVolume } from '../filled-volume.ts'
import type { ImageBuilds } from '../image-builds.ts'
import { LABELS } from '../labels.ts'
import type { SandboxVolume } from '../sandbox.ts'
import { RUNNER_FOLDER, RUNNER_PROGRAM } from './runner-connection.ts'

/** The runner as the daemon has it: an image with nothing else in it, and a volume. */
export interface InstalledRunner {
  readonly image: string
  readonly volume: SandboxVolume
}

const SOURCES = fileURLToPath(new URL('native', import.meta.url))
const COMPILE_MS = 5 * 60_000
const COPY_MS = 60_000

/**
 * Compiles the runner with the daemon's own builder, once per daemon and version of its sources.
 *
 * @throws Failure `image.not-found`, `image.build-failed`, `agent.install-failed`.
 */
export async function installRunner(
  host: RunnerHost,
  builds: Pick<ImageBuilds, 'ensureBuilt'>,
): Promise<InstalledRunner> {
  const source = digestOf(await buffer(await tarOfDirectory(SOURCES)))
  const short = source.slice('sha256:'.length, 'sha256:'.length + 16)
  const tag = `sbench-runner:${short}`
  const built = async () =>
    host.inspectImage(tag).then(
      ({ labels }) => labels[LABELS.source] === source,
      (error: unknown) => {
        if (error instanceof Failure && error.code === 'image.not-found') return false
        throw error
      },
    )
  if (!(await built())) {
    await build(host.docker, builds, { tag, source }).catch(async (error: unknown) => {
      // Another process did the same, and removed the compiler under our hands.
      if (!(await built())) throw error
    })
  }
  const { id: image } = await host.inspectImage(tag)
  const volume = { name: `sbench-runner-${short}`, path: RUNNER_FOLDER }
  await fillVolume(host.docker, { ...volume, kind: 'runner', source, image })
  return { image, volume }
}

type RunnerHost = Pick<DockerHost, 'docker' | 'inspectImage'>

/** The compiler's image goes once the program is out of it: it is three hundred times as large. */
async function build(
  docker: Docker,
  builds: Pick<ImageBuilds, 'ensureBuilt'>,
  { tag, source }: { readonly tag: string; readonly source: Digest },
): Promise<void> {
  const compiler = await builds.ensureBuilt({
    tag: `${tag}-compiler`,
    source,
    contextDir: SOURCES,
    timeoutMs: COMPILE_MS,
  })
  const dockerfile = `FROM scratch\nCOPY --from=${compiler.id} /runner ${RUNNER_PROGRAM}\n`
  await buildImage(docker, tarOfEntries([{ path: 'Dockerfile', bytes: dockerfile }]), {
    tag,
    labels: { [LABELS.kind]: 'runner', [LABELS.source]: source },
    args: {},
    network: 'none',
    timeoutMs: COPY_MS,
  })
  await dockerCall('remove an image', TIME_LIMITS.changeMs, (abortSignal) =>
    docker.getImage(compiler.id).remove({ force: true, abortSignal }),
  )
}
