import { createHmac, randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { TrialId } from '../../core/ids.ts'

const SECRET_BYTES = 32

/** The node's own secret, made when it is first needed and kept in its data folder. */
export async function gatewaySecret(dataFolder: string): Promise<Uint8Array> {
  const path = join(dataFolder, 'gateway-secret')
  const kept = await readFile(path).catch(() => null)
  if (kept?.length === SECRET_BYTES) return kept
  await mkdir(dataFolder, { recursive: true })
  const secret = randomBytes(SECRET_BYTES)
  const draft = `${path}.draft`
  await using file = await open(draft, 'w', 0o600)
  await file.writeFile(secret)
  await file.sync()
  await rename(draft, path)
  return secret
}

/** The same for the same attempt, so that an agent goes on with its key when the worker is another. */
export function accessKey(secret: Uint8Array, trial: TrialId, attempt: number): string {
  const mac = createHmac('sha256', secret).update(`${trial}:${attempt}`).digest('base64url')
  return `sbench-${mac}`
}
