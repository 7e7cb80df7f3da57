import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { FIXTURES } from '../support/farm.ts'
import { untilEnded } from '../support/until-ended.ts'
import { expectWhole } from '../support/whole-sweep.ts'
import { ChaosFarm, removeDaemonFolder } from './chaos-farm.ts'
import type { Component } from './kill-plan.ts'

/** What `test/farm.live.test.ts` does not kill, of a farm of two workers. */
const KILLED: readonly Component[] = [
  'second-worker',
  'clickhouse',
  'nats',
  'temporal',
  'supervisor',
  'dockerd',
]
const SEEDS = 8
const PATIENCE_MS = 90_000
/** More than all that a test waits for in turn: what took too long is then named. */
const PATIENT = { timeout: 540_000 }
/** Temporal's own worker gives an answer up after ten seconds. */
const AWAY_MS = 20_000
/** 30 s until a node counts as lost, a minute in which its polls may swallow trials; not 15 minutes. */
const LONGEST_FROZEN_MS = 150_000

let folder: string
let chaos: ChaosFarm

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sbench-chaos-'))
  chaos = await ChaosFarm.up({ folder, ownDocker: true })
})
afterAll(async () => {
  await chaos?.[Symbol.asyncDispose]()
  await removeDaemonFolder(folder)
})

/** A sweep of two trials a seed, each a second or two long. */
const greeted = (): Promise<string> =>
  chaos.farm.submit(
    ...['--suite', FIXTURES, '--tasks', 'greet', '--agent', 'oracle,nop', '--seeds', `${SEEDS}`],
  )

test.each(KILLED)(
  'a sweep of two workers outlives %s, killed in the middle of it',
  PATIENT,
  async (component) => {
    const { farm } = chaos
    const sweep = await greeted()
    await eventually('some results', async () => (await farm.results(sweep)) >= 2, PATIENCE_MS)
    expect(await chaos.kill({ component, afterMs: 0, awayMs: 1_000 })).toBe(true)
    await untilEnded(farm, sweep)
    await expectWhole(farm, sweep, 2 * SEEDS)
  },
)

test(
  'trials of a frozen worker are run by the other, and nothing is left when it thaws',
  PATIENT,
  async () => {
    const { farm } = chaos
    const sweep = await greeted()
    await eventually('some results', async () => (await farm.results(sweep)) >= 2, PATIENCE_MS)
    {
      await using _frozen = chaos.freezeSecondWorker()
      await untilEnded(farm, sweep, LONGEST_FROZEN_MS)
    }
    await expectWhole(farm, sweep, 2 * SEEDS)
  },
)

test('what ends while Temporal is away is not run again', PATIENT, async () => {
  const { farm } = chaos
  const sweep = await greeted()
  const underWay = () =>
    farm.sql<{ n: string }>(
      `SELECT count() AS n FROM sbench.events WHERE sweep_id = {sweep:String} AND tool = 'agent'`,
      { sweep },
    )
  await eventually('trials are under way', async () => Number((await underWay())[0]?.n) >= 2)
  await chaos.takeTemporalAway(AWAY_MS)
  await untilEnded(farm, sweep)
  await expectWhole(farm, sweep, 2 * SEEDS)
  const [attempts] = await farm.sql<{ most: number }>(
    'SELECT max(attempt) AS most FROM sbench.attempts FINAL WHERE sweep_id = {sweep:String}',
    { sweep },
  )
  expect(attempts?.most).toBe(1)
})

test('spools make good what NATS has lost with its disk', PATIENT, async () => {
  const { farm } = chaos
  const sweep = await greeted()
  await eventually('some results', async () => (await farm.results(sweep)) >= 2, PATIENCE_MS)
  await chaos.wipeNats()
  await untilEnded(farm, sweep)
  await expectWhole(farm, sweep, 2 * SEEDS)
})
