import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { NO_OUTCOMES, type SweepProgress, type SweepStatus } from '../coordinator/contract/sweep.ts'
import { Failure } from '../core/failure.ts'
import { newSweepId } from '../core/ids.ts'
import {
  type Observation,
  type ObserveOptions,
  observeSweep,
  type SweepSources,
} from './observe-sweep.ts'

const progress = (status: SweepStatus): SweepProgress => ({
  sweep: newSweepId(),
  status,
  planned: 1,
  admitted: 1,
  window: 1,
  openShards: 0,
  counts: NO_OUTCOMES,
})

/** Answers in order, then the last one for ever. */
function inTurn<Value>(...answers: readonly (Value | Error)[]): () => Promise<Value> {
  let asked = 0
  return async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)]
    if (answer === undefined || answer instanceof Error) throw answer
    return answer
  }
}

async function seen(
  sources: Partial<SweepSources>,
  { signal = new AbortController().signal, intervalMs = 1 }: Partial<ObserveOptions> = {},
) {
  const all: SweepSources = {
    name: 'test',
    progress: inTurn(progress('finished')),
    standings: inTurn([]),
    fleet: inTurn([]),
    ended: () => new Promise(() => {}),
    stopping: inTurn([]),
    ...sources,
  }
  const observations: Observation[] = []
  for await (const each of observeSweep(all, { intervalMs, signal })) observations.push(each)
  return observations.map((each) => ('note' in each ? each.note : each.view.status))
}

test('a sweep is watched until it is over', async () => {
  const states = inTurn(progress('running'), progress('paused'), progress('cancelled'))
  expect(await seen({ progress: states })).toEqual(['running', 'paused', 'cancelled'])
})

test('a lost connection is noted once, asked again, and its return noted', async () => {
  const lost = new Failure('stack.part-failed', 'Temporal does not answer.')
  const states = inTurn(progress('running'), lost, lost, progress('finished'))
  expect(await seen({ progress: states })).toEqual([
    'running',
    'Temporal does not answer. Trying again.',
    'running',
    'running',
    'Temporal answers again',
    'finished',
  ])
})

test('the watch waits for the results of a sweep that is over', async () => {
  const away = new Failure('engine.unreachable', 'The database does not answer.')
  const standings = inTurn<never[]>(away, away, [])
  const notes = await seen({ standings })
  expect(notes.at(-1)).toBe('finished')
  expect(notes).toContain('the database answers again')
})

test('what asking again cannot mend ends the watch', async () => {
  const ended = new Failure('sweep.unfinished', 'The workflow was terminated.')
  await expect(seen({ progress: inTurn<SweepProgress>(ended) })).rejects.toBe(ended)
})

test('an aborted watch stops without an error', async () => {
  const controller = new AbortController()
  const progressing = async () => {
    controller.abort()
    return progress('running')
  }
  expect(await seen({ progress: progressing }, controller)).toEqual(['running'])
})

test('the end of a sweep is seen when it comes, not at the next look', async () => {
  const progressing = inTurn(progress('running'), progress('finished'))
  let watched: AbortSignal | undefined
  const ended = async (signal: AbortSignal) => {
    watched = signal
    await sleep(20)
  }
  const states = await seen({ progress: progressing, ended }, { intervalMs: 3_600_000 })
  expect(states).toEqual(['running', 'finished'])
  expect(watched?.aborted, 'nobody listens after the watch').toBe(true)
})

test('a sweep that is over is asked at the usual pace for results that are not there', async () => {
  const away = new Failure('engine.unreachable', 'The database does not answer.')
  let asked = 0
  const standings = async () => {
    asked += 1
    throw away
  }
  const watch = new AbortController()
  const watching = seen(
    { standings, ended: async () => {} },
    { signal: watch.signal, intervalMs: 3_600_000 },
  )
  await sleep(50)
  watch.abort()
  await watching
  expect(asked).toBe(2)
})

test('an end that cannot be awaited is found by looking', async () => {
  const ended = async () => {
    throw new Error('no connection')
  }
  const progressing = inTurn(progress('running'), progress('finished'))
  expect(await seen({ progress: progressing, ended })).toEqual(['running', 'finished'])
})
