import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { SWEEP_QUERIES, SWEEP_UPDATES, WORKFLOWS } from '../coordinator/contract/messages.ts'
import { COORDINATOR_QUEUE, sweepWorkflowId } from '../coordinator/contract/queues.ts'
import { roundSizeOf } from '../coordinator/contract/rounds.ts'
import {
  type ExtendInput,
  isDone,
  type SweepCarried,
  type SweepInput,
  type SweepProgress,
} from '../coordinator/contract/sweep.ts'
import { Failure, isFailureCode, messageOf } from '../core/failure.ts'
import type { Digest, SweepId } from '../core/ids.ts'
import type { StoredManifest } from './make-manifest.ts'

/** A call that a living coordinator answers takes milliseconds. */
const CALL_TIMEOUT_MS = 10_000
/** gRPC's CANCELLED, DEADLINE_EXCEEDED and UNAVAILABLE. */
const SILENT_STATUSES = [1, 4, 14]

/** @throws Failure `sweep.exists` when the id was ever used, `stack.part-failed` without an answer. */
export async function startSweep(client: Client, stored: StoredManifest): Promise<void> {
  const input = inputOf(stored)
  await start(client, input, WorkflowIdReusePolicy.REJECT_DUPLICATE)
}

export interface EndedSweep {
  /** As it was when the longer plan was made. */
  readonly progress: SweepProgress
  readonly startedAt: string
}

/**
 * Goes on with a sweep that has finished or stopped early: the same workflow id, from the plan's old
 * end. What is added after an early stop is run whole.
 *
 * @throws Failure `sweep.exists` when it runs again already, `sweep.changed` when it has run again since.
 */
export async function restartSweep(
  client: Client,
  stored: StoredManifest,
  ended: EndedSweep,
): Promise<void> {
  const { sweep } = stored.manifest
  // Temporal compares no plans when it starts a workflow: whoever extended it first would be forgotten.
  const { status, planned } = await readProgress(client, sweep)
  if (isDone(status) && planned !== ended.progress.planned) {
    const message = `Sweep ${sweep} was extended to ${planned} trials meanwhile, and has finished them.`
    throw new Failure('sweep.changed', message, { facts: { sweep, planned } })
  }
  const input = { ...inputOf(stored), carried: carriedFrom(ended) }
  await start(client, input, WorkflowIdReusePolicy.ALLOW_DUPLICATE)
}

/**
 * Where a finished sweep goes on. Shard numbers must not repeat; there were at most as many shards
 * as trials.
 */
function carriedFrom({ progress, startedAt }: EndedSweep): SweepCarried {
  const { planned, counts, stopped } = progress
  const carried = { nextIndex: planned, nextShard: planned, counts, paused: false, startedAt }
  return stopped === undefined ? carried : { ...carried, stopped }
}

export type SweepChange = 'pause' | 'resume' | 'cancel'

/** @throws Failure `sweep.not-running` when it has ended. */
export function changeSweep(
  client: Client,
  sweep: SweepId,
  change: SweepChange,
): Promise<SweepProgress> {
  return update(client, sweep, { name: SWEEP_UPDATES[change] })
}

/**
 * Said twice with the same manifest, it changes nothing.
 *
 * @param base the manifest that the new one was made from.
 * @throws Failure `sweep.not-running`, `sweep.changed` when the sweep follows another one by now.
 */
export function extendSweep(
  client: Client,
  { manifest, digest, planned }: StoredManifest,
  base: Digest,
): Promise<SweepProgress> {
  const extension: ExtendInput = { base, manifest: digest, planned }
  const options = { name: SWEEP_UPDATES.extend, argument: extension, updateId: `extend-${digest}` }
  return update(client, manifest.sweep, options)
}

/**
 * What the sweep's workflow says of it, also after it has ended.
 *
 * @throws Failure `sweep.not-running` when Temporal knows no such workflow (any more),
 * `sweep.unfinished` when it ended by force or by a bug, `stack.part-failed` without an answer.
 */
export async function readProgress(client: Client, sweep: SweepId): Promise<SweepProgress> {
  const id = sweepWorkflowId(sweep)
  const handle = client.workflow.getHandle(id)
  return called(client, sweep, async () => {
    const { status, runId } = await handle.describe()
    if (status.name === 'COMPLETED') {
      // Of this run: by now others may have extended the sweep, and the latest one may be running.
      return (await client.workflow.getHandle(id, runId).result()) as SweepProgress
    }
    if (status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW') {
      return handle.query<SweepProgress>(SWEEP_QUERIES.progress)
    }
    const how = status.name.toLowerCase().replaceAll('_', ' ')
    throw new Failure('sweep.unfinished', `The workflow of sweep ${sweep} has ${how}.`, {
      facts: { sweep, status: status.name },
    })
  })
}

/** Resolves when the sweep's workflow has ended, and rejects when that cannot be awaited. */
export async function awaitEnd(client: Client, sweep: SweepId, signal: AbortSignal): Promise<void> {
  const handle = client.workflow.getHandle(sweepWorkflowId(sweep))
  await client.withAbortSignal(signal, () => handle.result())
}

function inputOf({ manifest, digest, planned }: StoredManifest): SweepInput {
  const { sweep, limits, stop } = manifest
  const input = { sweep, manifest: digest, planned, limits }
  return stop === undefined ? input : { ...input, roundSize: roundSizeOf(manifest) }
}

async function start(
  client: Client,
  input: SweepInput,
  workflowIdReusePolicy: WorkflowIdReusePolicy,
): Promise<void> {
  const { sweep, limits } = input
  await called(client, sweep, () =>
    client.workflow.start(WORKFLOWS.sweep, {
      workflowId: sweepWorkflowId(sweep),
      taskQueue: COORDINATOR_QUEUE,
      args: [input],
      workflowIdReusePolicy,
      priority: { priorityKey: limits.priority, fairnessKey: sweep },
    }),
  )
}

interface Update {
  readonly name: string
  readonly argument?: ExtendInput
  readonly updateId?: string
}

function update(
  client: Client,
  sweep: SweepId,
  { name, argument, ...options }: Update,
): Promise<SweepProgress> {
  const handle = client.workflow.getHandle(sweepWorkflowId(sweep))
  return called(client, sweep, () =>
    argument === undefined
      ? handle.executeUpdate<SweepProgress, []>(name, options)
      : handle.executeUpdate<SweepProgress, [ExtendInput]>(name, { ...options, args: [argument] }),
  )
}

async function called<Answer>(
  client: Client,
  sweep: SweepId,
  call: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await client.withDeadline(Date.now() + CALL_TIMEOUT_MS, call)
  } catch (error) {
    throw failureOf(error, sweep)
  }
}

function failureOf(error: unknown, sweep: SweepId): unknown {
  const facts = { sweep }
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    return new Failure('sweep.exists', `There is a sweep ${sweep} already.`, { facts })
  }
  if (error instanceof WorkflowNotFoundError) {
    const message = `Sweep ${sweep} is not running: it has ended, or its workflow is gone.`
    return new Failure('sweep.not-running', message, { facts, cause: error })
  }
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    const { type, message } = error.cause
    if (isFailureCode(type)) return new Failure(type, message, { facts })
  }
  if (!isSilence(error)) return error
  const message = `Temporal or the coordinator does not answer (${messageOf(error)}). See \`sbench status\`.`
  return new Failure('stack.part-failed', message, { facts, cause: error })
}

/** The SDK wraps what gRPC says in errors of several names. */
function isSilence(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  return SILENT_STATUSES.some((status) => status === code) || isSilence(error.cause)
}
