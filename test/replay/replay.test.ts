import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { DeterminismViolationError } from '@temporalio/workflow'
import { beforeAll, describe, expect, test } from 'vitest'
import { workflowBundle } from '../../coordinator/workflow-bundle.ts'
import { HISTORIES } from './histories.ts'

const names = readdirSync(HISTORIES).filter((name) => name.endsWith('.json'))
let bundle: Awaited<ReturnType<typeof workflowBundle>>

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] })
  bundle = await workflowBundle(null)
})

interface SavedHistory {
  events: {
    eventType: string
    activityTaskScheduledEventAttributes?: { activityType: { name: string } }
  }[]
}

const historyOf = async (name: string): Promise<SavedHistory> =>
  JSON.parse(await readFile(join(HISTORIES, name), 'utf8'))

const replay = (history: SavedHistory) =>
  Worker.runReplayHistory({ workflowBundle: bundle }, history, 'replayed')

test('there is a saved history of each outcome of a trial, of shards, sweeps and errands', () => {
  for (const outcome of ['scored', 'agent-timeout', 'infra-failed', 'ungraded', 'cancelled']) {
    expect(names).toContain(`trial-${outcome}.json`)
  }
  expect(names.filter((name) => name.startsWith('shard-')).length).toBeGreaterThan(1)
  expect(names.filter((name) => name.startsWith('sweep-')).length).toBeGreaterThan(2)
  expect(names.filter((name) => name.startsWith('on-node-')).length).toBeGreaterThan(1)
})

describe('the present workflows go on from what earlier ones have done', () => {
  test.each(names)('%s', async (name) => {
    await replay(await historyOf(name))
  })
})

test('a history that the workflows would not have made is told apart', async () => {
  const history = await historyOf('trial-scored.json')
  for (const { activityTaskScheduledEventAttributes: scheduled } of history.events) {
    if (scheduled?.activityType.name === 'gradeTrial') scheduled.activityType.name = 'persistResult'
  }
  await expect(replay(history)).rejects.toThrow(DeterminismViolationError)
})
