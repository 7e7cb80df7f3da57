import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import tarStream from 'tar-stream'
import { digestOf } from '../core/ids.ts'
import { tarOfEntries } from '../tasks/tar.ts'

/**
 * Builds behind a proxy that ends TLS itself need its certificate authority while they run, and the
 * image must not keep it. The daemon's builder has no mounts, so the file is copied in from a tiny
 * image after every FROM, announced through build arguments, which are no part of an image's
 * environment, and a last step removes it. What remains is a layer that holds the file, hidden by
 * a later one: a certificate is public.
 */
export interface BuildCa {
  /** Names the tiny image by the certificates in it. */
  readonly tag: string
  readonly context: () => Readable
}

const PATH = '/.sbench-build-ca.pem'

/** What OpenSSL, Node, pip, requests, curl and git call the file. */
const VARIABLES = [
  'SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
  'PIP_CERT',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
]

type Environment = Readonly<Record<string, string | undefined>>

/** From the first of these variables that names a file; null when none does. */
export async function readBuildCa(environment: Environment): Promise<BuildCa | null> {
  const { SBENCH_BUILD_CA, NODE_EXTRA_CA_CERTS, SSL_CERT_FILE } = environment
  const paths = [SBENCH_BUILD_CA, NODE_EXTRA_CA_CERTS, SSL_CERT_FILE]
  const path = paths.find((candidate) => candidate !== undefined && existsSync(candidate))
  if (path === undefined) return null
  const bytes = await readFile(path)
  const entries = [
    { path: 'Dockerfile', bytes: 'FROM scratch\nCOPY ca.pem /ca.pem\n' },
    { path: 'ca.pem', bytes },
  ]
  const hash = digestOf(bytes).slice('sha256:'.length, 'sha256:'.length + 16)
  return { tag: `sbench-build-ca:${hash}`, context: () => tarOfEntries(entries) }
}

/** The settings of a proxy, in both spellings; Docker keeps these out of images by itself. */
export function proxyArgs(environment: Environment): Record<string, string> {
  const names = ['http_proxy', 'https_proxy', 'no_proxy']
  return Object.fromEntries(
    names
      .flatMap((name) => [name, name.toUpperCase()])
      .flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])),
  )
}

const LOOPBACK = /\/\/([^/@]*@)?(localhost|127\.[\d.]+|\[::1\])(:|\/|$)/

/** See `ImageBuildsOptions`; null for the daemon's default. */
export function buildNetwork(environment: Environment): string | null {
  if (environment.SBENCH_BUILD_NETWORK) return environment.SBENCH_BUILD_NETWORK
  const { no_proxy: _, NO_PROXY: __, ...proxies } = proxyArgs(environment)
  return Object.values(proxies).some((proxy) => LOOPBACK.test(proxy)) ? 'host' : null
}

/** The Dockerfile with the certificates in each of its stages. */
export function withCa(dockerfile: string, { tag }: Pick<BuildCa, 'tag'>): string {
  const lines = dockerfile.split(/\r?\n/)
  const escapeCharacter = /^#\s*escape\s*=\s*`/im.test(lines[0] ?? '') ? '`' : '\\'
  const added = [
    `COPY --from=${tag} /ca.pem ${PATH}`,
    ...VARIABLES.map((name) => `ARG ${name}=${PATH}`),
  ]
  let open: 'FROM' | 'other' | null = null
  return lines
    .flatMap((line) => {
      const isComment = /^\s*#/.test(line)
      if (isComment || (open === null && line.trim() === '')) return [line]
      open ??= /^\s*FROM\s/i.test(line) ? 'FROM' : 'other'
      if (line.trimEnd().endsWith(escapeCharacter)) return [line]
      const ended = open
      open = null
      return ended === 'FROM' ? [line, ...added] : [line]
    })
    .join('\n')
}

/** Takes the certificates out again and leaves the image's user as it was. */
export function withoutCa(image: string, user: string): Readable {
  const switched = user === '' ? [] : ['USER 0']
  const back = user === '' ? [] : [`USER ${user}`]
  const lines = [`FROM ${image}`, ...switched, `RUN ["rm", "-f", "${PATH}"]`, ...back]
  return tarOfEntries([{ path: 'Dockerfile', bytes: `${lines.join('\n')}\n` }])
}

/** A build context with its Dockerfile changed; everything else as it was. */
export function mapDockerfile(context: Readable, change: (text: string) => string): Readable {
  const pack = tarStream.pack()
  const extract = tarStream.extract()
  const copy = async () => {
    for await (const entry of extract) {
      const { header } = entry
      if (header.name === 'Dockerfile') {
        const { size: _, ...rest } = header
        pack.entry(rest, change(await text(entry)))
      } else {
        await pipeline(entry, pack.entry(header))
      }
    }
    pack.finalize()
  }
  Promise.all([pipeline(context, extract), copy()]).catch((error: unknown) => {
    pack.destroy(error instanceof Error ? error : new Error(String(error)))
  })
  return Readable.from(pack, { objectMode: false })
}
