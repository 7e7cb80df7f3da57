import type { Block, Manifest, ReplaySource } from '../coordinator/contract/sweep.ts'
import { Failure } from '../core/failure.ts'
import type { SweepId, TrialId } from '../core/ids.ts'

/** A trial whose calls of models are recorded. */
export interface RecordedTrial {
  readonly trial: TrialId
  readonly contestant: string
  readonly task: string
  readonly seed: number
}

/**
 * The plan of a sweep in which recorded answers stand in for the models: the same contestants, tasks
 * and seeds, of the trials that are recorded. Nothing is spent, so the sweep needs no budget; what a
 * trial may use stays, because the agent met it.
 *
 * @throws Failure `input.invalid` when the manifest has none of the trials.
 */
export function replayManifest(
  recorded: Manifest,
  trials: readonly RecordedTrial[],
  { sweep, replay }: { readonly sweep: SweepId; readonly replay: ReplaySource },
): Manifest {
  const seedsOf = Map.groupBy(trials, ({ contestant, task }) => cellKey(contestant, task))
  const planned = new Set<string>()
  const blocks = recorded.blocks.flatMap(({ contestants, tasks }) =>
    tasks.flatMap((task) =>
      contestants.flatMap((contestant): Block[] => {
        const key = cellKey(contestant.name, task.name)
        const seeds = (seedsOf.get(key) ?? []).map(({ seed }) => seed).sort((a, b) => a - b)
        if (seeds.length === 0 || planned.has(key)) return []
        planned.add(key)
        return [{ contestants: [contestant], tasks: [task], seeds }]
      }),
    ),
  )
  if (blocks.length === 0) throw nothingRecorded(recorded.sweep)
  return {
    sweep,
    name: `replay of ${recorded.name}`.slice(0, 100),
    suite: recorded.suite,
    blocks,
    limits: { ...recorded.limits, budgetMicros: null, replay },
  }
}

export function nothingRecorded(sweep: SweepId): Failure {
  const message =
    `Nothing of sweep ${sweep} can be replayed: no trial with a result asked a model. ` +
    'Agents without a model are run again with `sbench run`.'
  return new Failure('input.invalid', message, { facts: { sweep } })
}

const cellKey = (contestant: string, task: string): string => JSON.stringify([contestant, task])
