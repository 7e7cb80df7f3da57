import type { TextStream } from './output.ts'

/** Writes bytes as they arrive, no faster than the reader takes them. */
export async function copyTo(source: AsyncIterable<Uint8Array>, target: TextStream): Promise<void> {
  await writeText(decoded(source), target)
}

/** Writes pieces of text, no faster than the reader takes them. */
export async function writeText(source: AsyncIterable<string>, target: TextStream): Promise<void> {
  for await (const piece of source) {
    await new Promise<void>((resolve) => target.write(piece, () => resolve()))
  }
}

async function* decoded(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const piece of source) yield decoder.decode(piece, { stream: true })
  yield decoder.decode()
}
