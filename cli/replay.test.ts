import { expect, test } from 'vitest'
import { countTrials, trialsBetween } from '../coordinator/contract/plan.ts'
import type { Manifest } from '../coordinator/contract/sweep.ts'
import { digestOf, newSweepId } from '../core/ids.ts'
import { madeManifest, madeTrials } from '../test/support/made-sweep.ts'
import { type RecordedTrial, replayManifest } from './replay-plan.ts'
import { assertSame, replayedTrials, replayTable } from './replay-verdict.ts'

const recordedOf = (manifest: Manifest): RecordedTrial[] =>
  madeTrials(manifest).map(({ trial, contestant, task, seed }) => ({
    trial,
    contestant: contestant.name,
    task: task.name,
    seed,
  }))

const replayOf = (manifest: Manifest, trials: readonly RecordedTrial[]): Manifest =>
  replayManifest(manifest, trials, {
    sweep: newSweepId(),
    replay: { of: manifest.sweep, recordings: digestOf('recordings') },
  })

const cells = (manifest: Manifest): string[] =>
  trialsBetween(manifest, 0, countTrials(manifest))
    .map(({ contestant, task, seed }) => `${contestant.name} ${task.name} ${seed}`)
    .sort()

test('a replay plans exactly the trials that are recorded, each once, however the sweep grew', () => {
  const made = madeManifest({ tasks: 4, seeds: 2 })
  const [block] = made.blocks
  if (block === undefined) throw new Error('no block')
  const grown = { ...made, blocks: [block, { ...block, seeds: [3, 4] }] }
  expect(cells(replayOf(grown, recordedOf(grown)))).toEqual(cells(grown))
  const some = recordedOf(grown).filter((_, index) => index % 3 === 0)
  const wanted = some.map(({ contestant, task, seed }) => `${contestant} ${task} ${seed}`)
  expect(cells(replayOf(grown, some))).toEqual(wanted.sort())
})

test('a replay spends nothing and keeps what the agent met', () => {
  const made = madeManifest({ tasks: 1, seeds: 1 })
  const perTrial = { costMicros: 5, tokens: 100, calls: 7, modelTimeMs: null }
  const limited = { ...made, limits: { ...made.limits, budgetMicros: 9, perTrial } }
  const { limits, sweep } = replayOf(limited, recordedOf(limited))
  expect(limits).toMatchObject({ budgetMicros: null, perTrial, replay: { of: made.sweep } })
  expect(sweep).not.toBe(made.sweep)
})

test('a sweep without recordings is told so', () => {
  expect(() => replayOf(madeManifest({ tasks: 1, seeds: 1 }), [])).toThrow(
    /no trial.*asked a model/,
  )
})

test('a replay differs when it has no result, or when it asked less often', () => {
  const [first, second, third] = recordedOf(madeManifest({ tasks: 1, seeds: 1 }))
  if (!first || !second || !third) throw new Error('no trials')
  const scored = { outcome: 'scored' as const, score: 1, detail: '', calls: 4 }
  const trials = replayedTrials(
    [
      { ...first, ...scored },
      {
        ...second,
        outcome: 'infra-failed',
        score: null,
        detail: 'replay.differs: call 2, messages.3',
        calls: 2,
      },
      { ...third, ...scored, calls: 3 },
    ],
    [first, second, third].map((each) => ({ ...each, ...scored })),
  )
  expect(trials.map(({ same }) => same)).toEqual([true, false, false])
  const table = replayTable(trials).join('\n')
  expect(table).toMatch(/DIFFERS[\s\S]*call 2, messages\.3[\s\S]*asked the model 3 times, and 4/)
  expect(() => assertSame(trials)).toThrow(
    expect.objectContaining({ code: 'replay.differs', facts: { different: 2, trials: 3 } }),
  )
  expect(() => assertSame(trials.slice(0, 1))).not.toThrow()
})
