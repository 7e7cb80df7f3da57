import { createHash, hash } from 'node:crypto'
import { uuidv7 } from 'uuidv7'

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** UUIDv7: sorts by the time of submission. */
export type SweepId = Branded<'SweepId'>
/** 32 lower-case hex digits, see {@link trialIdOf}. */
export type TrialId = Branded<'TrialId'>
/** `sha256:` and 64 lower-case hex digits: the content of a task, an image context, a blob. */
export type Digest = Branded<'Digest'>

export function newSweepId(): SweepId {
  return uuidv7() as SweepId
}

/**
 * The identity of one contestant x task x seed in a sweep: the first 16 bytes of a sha256, so that
 * submitting or extending a sweep again names the same trials.
 *
 * @param task the task's name in its suite, not its digest.
 */
export function trialIdOf(sweep: SweepId, contestant: string, task: string, seed: number): TrialId {
  const identity = JSON.stringify([sweep, contestant, task, seed])
  return hash('sha256', identity).slice(0, 32) as TrialId
}

export function digestOf(...parts: readonly (string | Uint8Array)[]): Digest {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return `sha256:${hash.digest('hex')}` as Digest
}

const SWEEP_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const TRIAL_ID = /^[0-9a-f]{32}$/
const DIGEST = /^sha256:[0-9a-f]{64}$/

export const isSweepId = (value: string): value is SweepId => SWEEP_ID.test(value)
export const isTrialId = (value: string): value is TrialId => TRIAL_ID.test(value)
export const isDigest = (value: string): value is Digest => DIGEST.test(value)
