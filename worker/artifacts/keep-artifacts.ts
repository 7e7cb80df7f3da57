import { setTimeout as sleep } from 'node:timers/promises'
import type { KeptArtifacts } from '../../coordinator/contract/activities.ts'
import { type ArtifactPackage, encodeArtifacts } from '../../core/artifact-package.ts'
import type { BlobStore } from '../../core/blobs.ts'
import { bytesText } from '../../core/bytes-text.ts'
import { Failure, messageOf } from '../../core/failure.ts'
import type { SweepId } from '../../core/ids.ts'
import { printable } from '../../core/printable.ts'
import type { SweepBlobs } from '../../core/sweep-blobs.ts'
import { type ArtifactDraft, NO_ROOM } from './artifact-draft.ts'

/** How a node keeps artifacts. */
export interface ArtifactKeeping {
  readonly blobs: SweepBlobs
  /** Of one attempt, contents of all files together; 0 keeps nothing. */
  readonly roomBytes: number
}

/** An agent that fills its room leaves this share of it to the verifier. */
const VERIFIER_SHARE = 1 / 8

export function roomOfAgent({ roomBytes }: ArtifactKeeping): number {
  return Math.floor(roomBytes * (1 - VERIFIER_SHARE))
}

/** @param usedBytes what is kept of the agent already. */
export function roomOfVerifier({ roomBytes }: ArtifactKeeping, usedBytes: number): number {
  return Math.max(0, roomBytes - usedBytes)
}

export interface Kept {
  /** Absent when there was nothing, or it could not be stored. */
  readonly artifacts?: KeptArtifacts
  /** A sentence on what is not kept; null when everything is. */
  readonly warning: string | null
}

export interface KeepOptions {
  readonly sweep: SweepId
  readonly whose: 'agent' | 'verifier'
  /** Gives up waiting for a coordinator that does not answer. */
  readonly signal: AbortSignal
}

/**
 * Stores what was drafted with the coordinator. It throws nothing: artifacts are for people to look at,
 * and no result may depend on them.
 */
export async function keepArtifacts(
  { blobs, roomBytes }: ArtifactKeeping,
  draft: ArtifactDraft,
  { sweep, whose, signal }: KeepOptions,
): Promise<Kept> {
  const whole = draft.package
  const { files, leftOut } = whole
  if (files.length === 0 && leftOut.length === 0) return { warning: null }
  try {
    const digest = await put(blobs.of(sweep), await encodeArtifacts(whole), signal)
    const bytes = files.reduce((sum, { content }) => sum + content.length, 0)
    const artifacts = { digest, files: files.length, bytes }
    if (leftOut.length === 0) return { artifacts, warning: null }
    const limit = leftOut.some(({ why }) => why === NO_ROOM)
      ? ` A trial keeps at most ${bytesText(roomBytes)}.`
      : ''
    const warning = `Not kept of what the ${whose} left: ${leftOutText(whole)}.${limit}`
    return { artifacts, warning }
  } catch (error) {
    return { warning: `What the ${whose} left could not be kept: ${messageOf(error)}` }
  }
}

/** Between tries, while the coordinator restarts. */
const PAUSES_MS = [500, 2_000, 8_000]

async function put(blobs: BlobStore, bytes: Uint8Array, signal: AbortSignal) {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await blobs.put(bytes)
    } catch (error) {
      if (!isSilence(error)) throw error
      await sleep(pauseMs, undefined, { signal })
    }
  }
  return blobs.put(bytes)
}

/** Nobody answered; what was refused would be refused again. */
const isSilence = (error: unknown): boolean =>
  error instanceof Failure && error.code === 'stack.part-failed' && !('status' in error.facts)

const NAMED = 5

function leftOutText({ leftOut, moreLeftOut }: ArtifactPackage): string {
  const named = leftOut.slice(0, NAMED).map(({ path, bytes, why }) => {
    const size = bytes === null ? '' : `${bytesText(bytes)}, `
    return `${printable(path)} (${size}${printable(why)})`
  })
  const more = leftOut.length - named.length + moreLeftOut
  return more === 0 ? named.join(', ') : `${named.join(', ')} and ${more} more`
}
