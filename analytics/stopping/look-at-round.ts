import { z } from 'zod'
import { cutManifest, roundSizeOf } from '../../coordinator/contract/rounds.ts'
import type { LookInput, LookOutput, StopRule } from '../../coordinator/contract/stopping.ts'
import type { Manifest } from '../../coordinator/contract/sweep.ts'
import { type BlobStore, getJson, putJson } from '../../core/blobs.ts'
import type { TaskDifferences } from '../statistics/stop-verdict.ts'
import type { Store } from '../store.ts'
import { type EndedRound, judgeRound } from './judge-round.ts'
import { lookRow, rowOfLook } from './look.ts'

/**
 * Judges the rounds of a sweep so far and stores what it found, once: asked again of the same round,
 * by a workflow that did not hear the answer, it says what is stored.
 *
 * @throws Failure `engine.unreachable`, `blob.not-found`.
 */
export async function lookAtRound(
  { store, blobs }: { readonly store: Store; readonly blobs: BlobStore },
  { sweep, manifest: digest, round }: LookInput,
): Promise<LookOutput> {
  const manifest = await getJson<Manifest>(blobs, digest)
  const { stop: rule } = manifest
  if (rule === undefined) return { stop: null }
  const pairs = rule.firsts.length
  const latest = await store.query('looks', lookRow, { sweep, round, pairs })
  let looks = latest.filter((look) => look.round === round)
  if (looks.length === 0) {
    const before = latest.filter((look) => look.round === latest[0]?.round)
    looks = judgeRound(rule, { ...(await readRounds(store, manifest, { rule, round })), before })
    await store.insert(
      'looks',
      looks.map((look) => rowOfLook(sweep, look)),
    )
  }
  const reason = looks[0]?.stop ?? null
  if (reason === null) return { stop: null }
  return { stop: { reason, manifest: await putJson(blobs, cutManifest(manifest, round)) } }
}

const count = z.coerce.number()
const differenceRow = z.object({
  first: z.string(),
  task: z.string(),
  n: count,
  sum: count,
  sum_squares: count,
})
const spendRow = z.object({ spent_micros: count.nullable() })

/** What the database holds of the first rounds of a plan. */
async function readRounds(
  store: Store,
  manifest: Manifest,
  { rule, round }: { readonly rule: StopRule; readonly round: number },
): Promise<Omit<EndedRound, 'before'>> {
  const { sweep } = manifest
  const { firsts, second, measure } = rule
  const beginning = { sweep, trials: round * roundSizeOf(manifest) }
  const [rows, spend] = await Promise.all([
    store.query('round-differences', differenceRow, { ...beginning, firsts, second, measure }),
    store.query('round-spend', spendRow, beginning),
  ])
  const differences = new Map<string, Map<string, TaskDifferences>>()
  for (const { first, task, n, sum, sum_squares } of rows) {
    const own = differences.get(first) ?? new Map<string, TaskDifferences>()
    differences.set(first, own.set(task, { n, sum, sumSquares: sum_squares }))
  }
  const tasks = [
    ...new Set(manifest.blocks.flatMap((block) => block.tasks.map(({ name }) => name))),
  ]
  return { round, tasks, differences, spentMicros: spend[0]?.spent_micros ?? null }
}
