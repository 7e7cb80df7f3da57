/** Temporal task queues. Nodes poll `run.*` only while they have room; see design.md section 5. */
export const COORDINATOR_QUEUE = 'coordinator'
export const SINK_QUEUE = 'sink'
export const runQueue = (resourceClass: string): string => `run.${resourceClass}`
export const nodeQueue = (node: string): string => `node.${node}`

export const TEMPORAL_NAMESPACE = 'default'
export const sweepWorkflowId = (sweep: string): string => `sweep/${sweep}`
export const shardWorkflowId = (sweep: string, shard: number): string => `shard/${sweep}/${shard}`
export const trialWorkflowId = (trial: string): string => `trial/${trial}`
