import type { TaskRef } from '../../coordinator/contract/sweep.ts'
import type { Digest } from '../../core/ids.ts'

/** A small task in a plan; its package is said to be its content. */
export const taskRef = (name: string, digest: Digest): TaskRef => ({
  name,
  digest,
  packageDigest: digest,
  resourceClass: 'small',
  category: '',
  family: '',
  agentTimeoutMs: 60_000,
  verifierTimeoutMs: 60_000,
  buildTimeoutMs: 60_000,
})
