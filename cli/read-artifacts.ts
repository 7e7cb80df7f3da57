import type { TrialAttempt, TrialDetail } from '../analytics/read-trial.ts'
import { type ArtifactFile, decodeArtifacts, type LeftOut } from '../core/artifact-package.ts'
import { Failure } from '../core/failure.ts'
import type { SweepBlobs } from '../core/sweep-blobs.ts'

/** What is kept of one attempt. */
export interface AttemptArtifacts {
  readonly attempt: number
  readonly files: readonly ArtifactFile[]
  readonly leftOut: readonly LeftOut[]
  readonly moreLeftOut: number
}

/**
 * Fetches what is kept of an attempt: by default the one that counts, or else the last.
 *
 * @throws Failure `trial.not-found` when the trial has no such attempt on record; `blob.not-found` when
 *   the coordinator has lost what it kept; `artifacts.invalid` on what no node of ours has packed.
 */
export async function readArtifacts(
  blobs: SweepBlobs,
  trial: TrialDetail,
  wanted: number | undefined,
): Promise<AttemptArtifacts> {
  const { attempt, artifacts } = attemptOf(trial, wanted)
  const ofSweep = blobs.of(trial.sweep)
  const packages = await Promise.all(
    artifacts.packages.map(async (digest) => decodeArtifacts(await ofSweep.get(digest))),
  )
  return {
    attempt,
    files: packages.flatMap(({ files }) => files),
    leftOut: packages.flatMap(({ leftOut }) => leftOut),
    moreLeftOut: packages.reduce((sum, { moreLeftOut }) => sum + moreLeftOut, 0),
  }
}

function attemptOf({ trial, attempts, result }: TrialDetail, wanted?: number): TrialAttempt {
  const counts = result !== null && result.attempt > 0 ? result.attempt : undefined
  const attempt = wanted ?? counts
  const found =
    attempt === undefined ? attempts.at(-1) : attempts.find((each) => each.attempt === attempt)
  if (found !== undefined) return found
  const facts = { trial, ...(attempt === undefined ? {} : { attempt }) }
  const message =
    attempts.length === 0
      ? `Trial ${trial} has no result yet; what is kept of it is known then.`
      : `Trial ${trial} has ${attempts.length} attempts, none of them ${attempt}.`
  throw new Failure('trial.not-found', message, { facts })
}
