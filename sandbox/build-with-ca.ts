import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import { Failure } from '../core/failure.ts'
import type { Log } from '../core/log.ts'
import { tarOfEntries } from '../tasks/tar.ts'
import { type BuildCa, CA_PATH, headsOf, mapDockerfile, withCa } from './build-ca.ts'
import { type BuildOptions, buildImage } from './build-image.ts'
import { type CertificateLoan, lendCertificates } from './certificate-loan.ts'
import { CertificateSearch, publicCertificates } from './certificate-search.ts'
import { dockerCall, statusOf, TIME_LIMITS } from './docker-call.ts'
import type { DockerHost } from './docker-host.ts'
import { readDraft } from './draft-image.ts'
import { publishImage } from './publish-image.ts'

export interface NamedBuild extends BuildOptions {
  readonly tag: string
}

/** Builds whose RUN steps see a proxy's certificates, and whose images know nothing of them. */
export interface CaBuilds {
  /**
   * @param dockerfile the context's, as it is in there.
   * @throws Failure as `buildImage` does.
   */
  build(context: Readable, dockerfile: string, options: NamedBuild): Promise<void>
}

/** A holder lives a little longer than the build that it is for. */
const LEASE_SLACK_MS = 60_000

export async function caBuilds(host: DockerHost, ca: BuildCa, log: Log): Promise<CaBuilds> {
  const { docker } = host
  const search = CertificateSearch.for(ca.text, await publicCertificates())
  const clean = new Set<string>()

  /** From the first image that has a shell: where none has, no step can use certificates. */
  const lend = async (heads: readonly string[], options: NamedBuild) => {
    const leaseMs = options.timeoutMs + LEASE_SLACK_MS
    for (const image of heads) {
      const loan = await lendCertificates(host, { image, ca, network: options.network, leaseMs })
      if (loan !== null) return loan
    }
    return null
  }

  const heads = async (dockerfile: string, options: NamedBuild): Promise<string[]> => {
    const ids: string[] = []
    for (const head of headsOf(dockerfile)) {
      const context = tarOfEntries([{ path: 'Dockerfile', bytes: head }])
      ids.push(
        await buildImage(docker, context, {
          ...options,
          labels: {},
          tag: null,
          shownAs: options.tag,
        }),
      )
    }
    return ids
  }

  const publish = async (id: string, { tag }: NamedBuild, bases: readonly string[]) => {
    const { config, holdsCertificates } = await readDraft(docker, { image: id, search, clean })
    await publishImage(docker, { id, config }, tag)
    if (holdsCertificates) {
      log.warn(
        { image: tag, bases },
        `A layer of the image ${tag} holds the certificates of this machine's proxy: a step of its ` +
          'Dockerfile copied them, or its base or its files bring them along. Elsewhere the image would ' +
          `come out otherwise. Look for what copies ${CA_PATH} or $SSL_CERT_FILE.`,
      )
    }
  }

  return {
    async build(context, dockerfile, options) {
      const bases = await heads(dockerfile, options)
      await using loan: CertificateLoan | null = await lend(bases, options)
      if (loan === null) {
        await buildImage(docker, context, options).catch((error: unknown) => {
          throw withoutShell(error)
        })
        return
      }
      const draft = { ...options, tag: `sbench-draft:${randomUUID()}`, shownAs: options.tag }
      const { network } = loan
      const id = await buildImage(docker, mapDockerfile(context, withCa), { ...draft, network })
      try {
        await publish(id, options, bases)
      } finally {
        await removeName(host, draft.tag)
      }
    },
  }
}

/** The cache of the build stays: only the name goes, and what has no other. */
async function removeName(host: DockerHost, tag: string): Promise<void> {
  try {
    await dockerCall('remove a name of an image', TIME_LIMITS.changeMs, (abortSignal) =>
      host.docker.getImage(tag).remove({ noprune: true, abortSignal }),
    )
  } catch (error) {
    if (statusOf(error) !== 404) throw error
  }
}

function withoutShell(error: unknown): unknown {
  if (!(error instanceof Failure) || error.code !== 'image.build-failed') return error
  const why = 'None of the images that it begins with can run `sh`, so it was built without the'
  const message = `${error.message}\n${why} certificates of this machine's proxy.`
  return new Failure(error.code, message, { facts: error.facts, cause: error })
}
