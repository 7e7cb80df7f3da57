import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import tarStream from 'tar-stream'

/**
 * The certificates of a proxy that ends TLS itself, which RUN steps need while they run and the
 * image must not keep. See `certificate-loan.ts` for how a step gets to see them.
 */
export interface BuildCa {
  /** PEM, as in the file. */
  readonly text: string
}

/**
 * Where RUN steps find the certificates: after the name of the host, which stays the first line.
 * Readers of PEM skip what is around it.
 */
export const CA_PATH = '/etc/hostname'

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
  return path === undefined ? null : { text: await readFile(path, 'utf8') }
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

/** The Dockerfile with build arguments in each of its stages that say where the certificates are. */
export function withCa(dockerfile: string): string {
  const added = VARIABLES.map((name) => `ARG ${name}=${CA_PATH}`)
  return instructionsOf(dockerfile)
    .flatMap(({ lines, name }) => (name === 'FROM' ? [...lines, ...added] : lines))
    .join('\n')
}

/**
 * For each image that a Dockerfile begins a stage with, a Dockerfile of nothing but that, so that
 * Docker itself reads names with variables in them. Earlier stages and `scratch` are no images.
 */
export function headsOf(dockerfile: string): string[] {
  const instructions = instructionsOf(dockerfile)
  const first = instructions.findIndex(({ name }) => name === 'FROM')
  const preamble = instructions.slice(0, Math.max(first, 0)).flatMap(({ lines }) => lines)
  const known = new Set(['scratch'])
  return instructions.flatMap(({ name, lines }) => {
    if (name !== 'FROM') return []
    const words = lines.join(' ').replace(/[\\`]/g, ' ').trim().split(/\s+/).slice(1)
    const [image = '', , stage] = words.filter((word) => !word.startsWith('--'))
    const isKnown = known.has(image.toLowerCase())
    known.add(image.toLowerCase())
    if (stage !== undefined) known.add(stage.toLowerCase())
    return isKnown ? [] : [[...preamble, ...lines, ''].join('\n')]
  })
}

/** A history as it would be without what {@link withCa} added. */
export function withoutCaHistory<Entry extends { readonly created_by?: string | undefined }>(
  history: readonly Entry[],
): Entry[] {
  return history.flatMap((entry) => {
    const { created_by: by } = entry
    if (by === undefined) return [entry]
    const isOurs = VARIABLES.some((name) => by.endsWith(`#(nop)  ARG ${name}=${CA_PATH}`))
    return isOurs ? [] : [{ ...entry, created_by: withoutCaArguments(by) }]
  })
}

/** Docker writes the build arguments of a RUN before it: `|2 A=1 B=2 /bin/sh -c …`. */
function withoutCaArguments(command: string): string {
  const count = /^\|(\d+) /.exec(command)?.[1]
  if (count === undefined) return command
  const ours = VARIABLES.map((name) => ` ${name}=${CA_PATH}`)
  const present = ours.filter((argument) => command.includes(argument))
  const rest = present.reduce((text, argument) => text.replace(argument, ''), command)
  const left = Number(count) - present.length
  return rest.replace(/^\|\d+ /, left === 0 ? '' : `|${left} `)
}

interface Instruction {
  /** Upper case; empty for comments and empty lines outside of an instruction. */
  readonly name: string
  /** As they stand, also when there are several. */
  readonly lines: readonly string[]
}

/** A Dockerfile cut into its instructions; joined with line ends they are the file again. */
function instructionsOf(dockerfile: string): Instruction[] {
  const lines = dockerfile.split(/\r?\n/)
  const escapeCharacter = /^#\s*escape\s*=\s*`/im.test(lines[0] ?? '') ? '`' : '\\'
  const instructions: Instruction[] = []
  let open: { name: string; lines: string[] } | null = null
  for (const line of lines) {
    const isComment = /^\s*#/.test(line)
    if (open === null && (isComment || line.trim() === '')) {
      instructions.push({ name: '', lines: [line] })
      continue
    }
    open ??= { name: /^\s*(\w*)/.exec(line)?.[1]?.toUpperCase() ?? '', lines: [] }
    open.lines.push(line)
    if (isComment || line.trimEnd().endsWith(escapeCharacter)) continue
    instructions.push(open)
    open = null
  }
  return open === null ? instructions : [...instructions, open]
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
