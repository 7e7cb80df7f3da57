/** What the coordinator's worker runs: the entry of the workflow bundle. */
export { onNode } from './on-node.ts'
export { shard } from './shard.ts'
export { sweep } from './sweep.ts'
export { trial } from './trial.ts'
