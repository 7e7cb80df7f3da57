import type { Transform } from 'node:stream'
import {
  createBrotliCompress,
  createBrotliDecompress,
  createDeflate,
  createGunzip,
  createGzip,
  createInflate,
  createZstdCompress,
  createZstdDecompress,
  constants as zlib,
} from 'node:zlib'
import { EngineException } from './engine-exception.ts'

export type Encoding = 'zstd' | 'gzip' | 'deflate' | 'br'

/** Best first, for clients that take any: zstd costs least for what it saves, Brotli most. */
const PREFERRED: readonly Encoding[] = ['zstd', 'gzip', 'deflate', 'br']

/**
 * The encoding of a response, or `undefined` for none: like a server, only when the client set
 * `enable_http_compression=1` and accepts one that is known.
 *
 * @see RFC 9110, section 12.5.3: a quality of 0 means not acceptable.
 */
export function negotiate(
  acceptEncoding: string | undefined,
  enabled: boolean,
): Encoding | undefined {
  if (!enabled || acceptEncoding === undefined) return undefined
  const offers = acceptEncoding.split(',').flatMap((part) => {
    const [name = '', ...attributes] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/)
    const quality = attributes.find((text) => text.startsWith('q='))?.slice(2) ?? '1'
    const encoding = name === '*' ? PREFERRED[0] : PREFERRED.find((known) => known === name)
    return encoding !== undefined && Number(quality) > 0
      ? [{ encoding, quality: Number(quality) }]
      : []
  })
  const rank = ({ encoding }: { encoding: Encoding }) => PREFERRED.indexOf(encoding)
  return offers.sort((a, b) => b.quality - a.quality || rank(a) - rank(b))[0]?.encoding
}

/** @param level ClickHouse's `http_zlib_compression_level`, 1 to 9. */
export function compressor(encoding: Encoding, level: number): Transform {
  switch (encoding) {
    case 'gzip':
      return createGzip({ level })
    case 'deflate':
      return createDeflate({ level })
    case 'br':
      return createBrotliCompress({ params: { [zlib.BROTLI_PARAM_QUALITY]: level } })
    case 'zstd':
      return createZstdCompress({ params: { [zlib.ZSTD_c_compressionLevel]: level } })
  }
}

/**
 * Undoes the encoding of a request; `undefined` when there is none.
 *
 * @throws EngineException NOT_IMPLEMENTED for an encoding that is not known.
 */
export function decompressor(contentEncoding: string): Transform | undefined {
  switch (contentEncoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return undefined
    case 'gzip':
    case 'x-gzip':
      return createGunzip()
    case 'deflate':
      return createInflate()
    case 'br':
      return createBrotliDecompress()
    case 'zstd':
      return createZstdDecompress()
    default: {
      const message =
        `Unknown compression method ${JSON.stringify(contentEncoding)} of the request's body; ` +
        'known are gzip, deflate, br and zstd.'
      throw EngineException.raise('NOT_IMPLEMENTED', message)
    }
  }
}
