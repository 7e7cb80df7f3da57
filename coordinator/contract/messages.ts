/** Names of the workflows and of what can be said to them. */
export const WORKFLOWS = {
  sweep: 'sweep',
  shard: 'shard',
  trial: 'trial',
  onNode: 'onNode',
} as const

/** Updates of a sweep: validated, acknowledged, and harmless when said twice. */
export const SWEEP_UPDATES = {
  pause: 'pause',
  resume: 'resume',
  cancel: 'cancel',
  extend: 'extend',
  setConcurrency: 'setConcurrency',
} as const

export const SWEEP_QUERIES = { progress: 'progress' } as const

/** To a sweep: the fleet has another number of slots; a shard has admitted its last trial. */
export const SWEEP_SIGNALS = {
  fleetChanged: 'fleetChanged',
  shardAdmitted: 'shardAdmitted',
} as const
/**
 * To a shard: how many trials may be open; a trial that stores its own result, from before revision 4,
 * only waits for storage and frees its place.
 */
export const SHARD_SIGNALS = {
  setWindow: 'setWindow',
  trialWaitsForStorage: 'trialWaitsForStorage',
} as const
/** To a trial: its node has not been heard of for too long. */
export const TRIAL_SIGNALS = { nodeLost: 'nodeLost' } as const

export interface NodeLost {
  readonly node: string
  /** The attempt that ran there; a later one is not concerned. */
  readonly attempt: number
}
