import { countTrials } from '../coordinator/contract/plan.ts'
import type { Block, Manifest, TaskRef } from '../coordinator/contract/sweep.ts'
import { type BlobStore, putJson } from '../core/blobs.ts'
import type { Digest, SweepId } from '../core/ids.ts'
import { packTask } from '../tasks/package-task.ts'
import type { Task } from '../tasks/task.ts'
import type { SweepPlan } from './plan-sweep.ts'

/** A task without a limit of its own still ends: Temporal and people need a number. */
export const UNLIMITED_AGENT_TIMEOUT_MS = 24 * 3_600_000

/** A manifest as the coordinator holds it. */
export interface StoredManifest {
  readonly manifest: Manifest
  readonly digest: Digest
  /** Trials in it. */
  readonly planned: number
}

/** Packs the task and leaves it with the coordinator, once for the same content. */
export async function storeTask(blobs: BlobStore, task: Task): Promise<TaskRef> {
  return {
    name: task.name,
    digest: task.digest,
    packageDigest: await blobs.put(await packTask(task.dir)),
    resourceClass: task.resourceClass,
    category: task.metadata.category ?? '',
    family: familyOf(task),
    agentTimeoutMs: task.agent.timeoutMs ?? UNLIMITED_AGENT_TIMEOUT_MS,
    verifierTimeoutMs: task.verifier.timeoutMs,
    buildTimeoutMs: task.environment.buildTimeoutMs,
  }
}

/** All contestants x all tasks x all seeds. */
export async function wholeBlock(blobs: BlobStore, plan: SweepPlan): Promise<Block> {
  const tasks: TaskRef[] = []
  for (const task of plan.tasks) tasks.push(await storeTask(blobs, task))
  return { contestants: plan.contestants, tasks, seeds: plan.seeds }
}

export async function storeManifest(blobs: BlobStore, manifest: Manifest): Promise<StoredManifest> {
  return { manifest, digest: await putJson(blobs, manifest), planned: countTrials(manifest) }
}

/** The manifest of a sweep that is not yet known to anybody. */
export function newManifest(
  sweep: SweepId,
  plan: Pick<SweepPlan, 'name' | 'suite' | 'limits' | 'stop'>,
  blocks: readonly Block[],
): Manifest {
  const { name, version, digest } = plan.suite
  const { stop, limits } = plan
  const manifest = { sweep, name: plan.name, suite: { name, version, digest }, blocks, limits }
  return stop === null ? manifest : { ...manifest, stop }
}

/** Tasks that share a template or a repository say so in their metadata. */
function familyOf({ metadata }: Task): string {
  const { family } = metadata.raw
  return typeof family === 'string' ? family : ''
}
