import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'

/** How a certificate looks inside of a file: a line of its PEM, or a piece of its DER. */
interface Needle {
  readonly forms: readonly Buffer[]
}

/** Where Debian and what comes of it keep the certificates that their bundle is made of. */
const DISTRIBUTION = '/usr/share/ca-certificates'
const BLOCK = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----([^-]*)-----END/g
const DER_BYTES = 48

/**
 * Looks for the private certificates of a bundle in bytes: those that neither Node nor this
 * machine's distribution brings along. All of them must be found in one layer, since an older
 * public one can be in a layer for its own reasons.
 */
export class CertificateSearch {
  readonly #needles: readonly Needle[]
  readonly #overlap: number

  private constructor(needles: readonly Needle[]) {
    this.#needles = needles
    const lengths = needles.flatMap(({ forms }) => forms.map((form) => form.length))
    this.#overlap = Math.max(1, ...lengths) - 1
  }

  /** @param publicPem certificates that are no secret of this machine. */
  static for(pem: string, publicPem: readonly string[]): CertificateSearch {
    const known = new Set(publicPem.flatMap(bodiesIn))
    const bodies = bodiesIn(pem).filter((body) => !known.has(body))
    return new CertificateSearch(bodies.map(needleOf))
  }

  /** False for a bundle of public certificates: there is nothing that could be found. */
  get hasAny(): boolean {
    return this.#needles.length > 0
  }

  /** The search through one layer. */
  begin(): LayerSearch {
    const missing = new Set(this.#needles)
    let tail: Buffer = Buffer.alloc(0)
    return {
      push: (chunk) => {
        const bytes = tail.length === 0 ? chunk : Buffer.concat([tail, chunk])
        for (const needle of missing) {
          if (needle.forms.some((form) => bytes.includes(form))) missing.delete(needle)
        }
        tail = bytes.subarray(Math.max(0, bytes.length - this.#overlap))
      },
      endFile: () => {
        tail = Buffer.alloc(0)
      },
      isFound: () => this.hasAny && missing.size === 0,
    }
  }
}

export interface LayerSearch {
  push(chunk: Buffer): void
  /** What follows does not join on to what came. */
  endFile(): void
  isFound(): boolean
}

/** Certificates that are public on a machine like this one. */
export async function publicCertificates(): Promise<string[]> {
  const entries = await readdir(DISTRIBUTION, { recursive: true, withFileTypes: true }).catch(
    () => [],
  )
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.crt'))
  const texts = files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1'))
  return [...rootCertificates, ...(await Promise.all(texts))]
}

function bodiesIn(pem: string): string[] {
  return [...pem.matchAll(BLOCK)].map(([, body = '']) => body.replace(/\s+/g, ''))
}

/** The middle tells certificates apart; PEM has 64 characters a line (RFC 7468). */
function needleOf(body: string): Needle {
  const line = Math.floor(body.length / 2 / 64) * 64
  const der = Buffer.from(body, 'base64')
  const from = Math.max(0, Math.floor((der.length - DER_BYTES) / 2))
  return { forms: [Buffer.from(body.slice(line, line + 64)), der.subarray(from, from + DER_BYTES)] }
}
