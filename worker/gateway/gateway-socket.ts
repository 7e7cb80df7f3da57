import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** `sun_path` holds 108 bytes with its final zero. */
const LONGEST_PATH = 107

/**
 * Where a node's gateway listens for sandboxes: in a folder of its own, since a relay mounts all of
 * it; below the data folder where the path fits, else in the folder for temporary files.
 */
export function gatewaySocket(dataFolder: string): string {
  const path = join(resolve(dataFolder), 'gateway', 'gateway.sock')
  if (Buffer.byteLength(path) <= LONGEST_PATH) return path
  const hash = createHash('sha256').update(resolve(dataFolder)).digest('hex').slice(0, 16)
  return join(tmpdir(), `sbench-gateway-${hash}`, 'gateway.sock')
}
