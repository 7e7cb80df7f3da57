import { SHARD_SIZE } from '../contract/sweep.ts'

/**
 * Where the shard that starts at a trial ends. The rounds of a sweep that may stop early end with a
 * shard each, and a round of more than a shard is cut into shards as even as can be.
 *
 * @param from below `planned`.
 * @param roundSize null for a sweep that runs all of its plan.
 * @returns at most `from` + 200.
 */
export function shardEnd(
  from: number,
  { planned, roundSize }: { readonly planned: number; readonly roundSize: number | null },
): number {
  if (roundSize === null) return Math.min(from + SHARD_SIZE, planned)
  const end = Math.min((Math.floor(from / roundSize) + 1) * roundSize, planned)
  const shards = Math.ceil((end - from) / SHARD_SIZE)
  return from + Math.ceil((end - from) / shards)
}

/** Rounds of which all trials lie before an index. */
export const wholeRounds = (index: number, roundSize: number): number =>
  Math.floor(index / roundSize)
