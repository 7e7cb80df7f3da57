import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { DeterminismViolationError } from '@temporalio/workflow'
import { beforeAll, describe, expect, test } from 'vitest'
import { BUNDLE_SOURCES } from '../../coordinator/workflow-bundle.ts'
import { testBundle } from '../support/test-bundle.ts'
import { HISTORIES } from './histories.ts'

const names = readdirSync(HISTORIES).filter((name) => name.endsWith('.json'))
let bundle: Awaited<ReturnType<typeof testBundle>>

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] })
  bundle = await testBundle()
})

interface SavedHistory {
  events: {
    eventType: string
    activityTaskScheduledEventAttributes?: { activityType: { name: string } }
  }[]
}

const historyOf = async (name: string): Promise<SavedHistory> =>
  JSON.parse(await readFile(join(HISTORIES, name), 'utf8'))

/** By name, what was wrong with it; one worker replays all, since starting one takes longest. */
async function problemsOf(histories: readonly (readonly [name: string, SavedHistory])[]) {
  const named = histories.map(([workflowId, history]) => ({ workflowId, history }))
  const problems = new Map<string, unknown>()
  for await (const replayed of Worker.runReplayHistories({ workflowBundle: bundle }, named)) {
    problems.set(replayed.workflowId, replayed.error)
  }
  return problems
}

test('there is a saved history of each outcome of a trial, of shards, sweeps and errands', () => {
  for (const outcome of ['scored', 'agent-timeout', 'infra-failed', 'ungraded', 'cancelled']) {
    expect(names).toContain(`trial-${outcome}.json`)
  }
  expect(names.filter((name) => name.startsWith('shard-')).length).toBeGreaterThan(1)
  expect(names.filter((name) => name.startsWith('sweep-')).length).toBeGreaterThan(4)
  expect(names.filter((name) => name.startsWith('on-node-')).length).toBeGreaterThan(1)
})

test('a change in any file of the bundle makes another bundle', () => {
  const files = [...bundle.code.matchAll(/^.{0,8}"\.\/([^"]+\.ts)"/gm)].map(([, file = '']) => file)
  expect(files).toContain('coordinator/workflows/all-workflows.ts')
  expect(files.map((file) => dirname(file)).filter((of) => !BUNDLE_SOURCES.includes(of))).toEqual(
    [],
  )
})

describe('the present workflows go on from what earlier ones have done', () => {
  let problems: Map<string, unknown>
  beforeAll(async () => {
    const all = names.map(async (name) => [name, await historyOf(name)] as const)
    problems = await problemsOf(await Promise.all(all))
  })

  test.each(names)('%s', (name) => {
    expect([...problems.keys()]).toContain(name)
    expect(problems.get(name)).toBeUndefined()
  })
})

test('a history that the workflows would not have made is told apart, and no other', async () => {
  const history = await historyOf('trial-scored.json')
  for (const { activityTaskScheduledEventAttributes: scheduled } of history.events) {
    if (scheduled?.activityType.name === 'gradeTrial') scheduled.activityType.name = 'persistResult'
  }
  const asMade = await historyOf('trial-scored.json')
  const problems = await problemsOf([
    ['other', history],
    ['as made', asMade],
  ])
  expect(problems.get('other')).toBeInstanceOf(DeterminismViolationError)
  expect([...problems]).toContainEqual(['as made', undefined])
})
