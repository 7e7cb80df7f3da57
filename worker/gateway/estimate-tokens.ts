/** English, code and JSON have about four bytes a token, the densest scripts three. */
const BYTES_A_TOKEN = 3
/** Vendors count a picture by its size in tiles, not by its bytes; few are counted as more. */
const TOKENS_A_FILE = 4_000
const BASE64_RUN = /[A-Za-z0-9+/=_-]{2048,}/g

/**
 * More tokens than a request is likely to have, from its body alone: for reservations, which must
 * not be too small. What the provider counts is what is charged.
 */
export function estimateInputTokens(body: string): number {
  let fileBytes = 0
  let files = 0
  for (const [run] of body.matchAll(BASE64_RUN)) {
    fileBytes += run.length
    files += 1
  }
  const text = Buffer.byteLength(body) - fileBytes
  return Math.ceil(text / BYTES_A_TOKEN) + files * TOKENS_A_FILE
}
