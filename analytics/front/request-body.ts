import type { Readable } from 'node:stream'
import { decompressor } from './compression.ts'
import { EngineException } from './engine-exception.ts'

/**
 * A request's body, unpacked, piece by piece. The limit holds for what comes out, so that a few
 * kilobytes cannot unfold into gigabytes.
 *
 * @throws EngineException TOO_MANY_BYTES, NOT_IMPLEMENTED for an unknown encoding, or
 * ZLIB_INFLATE_FAILED; an Error when the client leaves in the middle.
 */
export async function* bodyParts(
  source: Readable,
  contentEncoding: string,
  maxBytes: number,
): AsyncGenerator<Buffer> {
  const unpacking = decompressor(contentEncoding)
  const plain = unpacking === undefined ? source : source.pipe(unpacking)
  const relay = (error: Error) => unpacking?.destroy(error)
  const cut = () => {
    if (!source.readableEnded) unpacking?.destroy(new Error('the body ended early'))
  }
  source.once('error', relay)
  source.once('close', cut)
  let bytes = 0
  try {
    for await (const part of plain.iterator({ destroyOnReturn: false })) {
      bytes += part.length
      if (bytes > maxBytes) {
        const message = `The request's body is larger than ${maxBytes} bytes; send smaller batches.`
        throw EngineException.raise('TOO_MANY_BYTES', message)
      }
      yield part
    }
  } catch (error) {
    if (error instanceof EngineException || unpacking === undefined) throw error
    const reason = error instanceof Error ? error.message : error
    const message = `Cannot decompress the request's body: ${reason}.`
    throw EngineException.raise('ZLIB_INFLATE_FAILED', message)
  } finally {
    source.off('error', relay)
    source.off('close', cut)
    if (unpacking !== undefined) {
      source.unpipe(unpacking)
      unpacking.destroy()
    }
  }
}

/** The whole body in memory. */
export async function readBody(parts: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const part of parts) all.push(part)
  return Buffer.concat(all)
}
