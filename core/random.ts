import { hash } from 'node:crypto'

/**
 * A uniform draw in [0, 1) that depends on its key alone: no state, so the order of draws, the
 * process and the number of threads cannot change it.
 *
 * @param key what the draw is for, for example `('sim', contestant, task, seed)`.
 * @returns 53 random bits of sha256 over the key, divided by 2^53.
 */
export function uniform(...key: readonly (string | number)[]): number {
  const bytes = hash('sha256', JSON.stringify(key), 'buffer')
  return (bytes.readUInt32BE(0) * 2 ** 21 + (bytes.readUInt32BE(4) >>> 11)) / 2 ** 53
}
