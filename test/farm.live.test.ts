import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { Farm, FIXTURES } from './support/farm.ts'

let farm: Farm

beforeAll(async () => {
  farm = await Farm.up()
})
afterAll(async () => {
  await farm?.[Symbol.asyncDispose]()
})

/** What must hold of any sweep that has ended, whatever died meanwhile. */
async function expectWhole(sweep: string, trials: number): Promise<void> {
  const [counts] = await farm.sql<Record<string, string>>(
    `SELECT count() AS results, uniqExact(trial_id) AS trials,
       countIf(outcome = 'infra-failed' AND score_micros IS NOT NULL) AS scoredFaults
     FROM sbench.results FINAL WHERE sweep_id = {sweep:String}`,
    { sweep },
  )
  expect(counts).toEqual({ results: `${trials}`, trials: `${trials}`, scoredFaults: '0' })
  const gaps = await farm.sql(
    `SELECT a.trial_id, a.events, e.distinct_seqs, e.last_seq
     FROM (SELECT trial_id, attempt, events FROM sbench.attempts FINAL
           WHERE sweep_id = {sweep:String} AND end = 'complete') AS a
     LEFT JOIN (SELECT trial_id, attempt, uniqExact(seq) AS distinct_seqs, max(seq) AS last_seq
                FROM sbench.events WHERE sweep_id = {sweep:String} GROUP BY ALL) AS e
       ON a.trial_id = e.trial_id AND a.attempt = e.attempt
     WHERE a.events != e.distinct_seqs OR e.last_seq + 1 != a.events`,
    { sweep },
  )
  expect(gaps).toEqual([])
  await eventually(
    'nothing is left',
    async () => (await farm.leftovers(sweep)).length === 0,
    120_000,
  )
}

/** A trial's first result takes an image, two containers and a busy machine. */
const PATIENCE_MS = 90_000

const ended = (sweep: string): Promise<void> =>
  eventually(
    'the sweep ends',
    async () => {
      const [row] = await farm.sql<{ status: string }>(
        'SELECT status FROM sbench.sweeps FINAL WHERE sweep_id = {sweep:String}',
        { sweep },
      )
      return row?.status === 'finished' || row?.status === 'cancelled'
    },
    150_000,
  )

const fixtureSweep = (agents: string, tasks: string, ...flags: string[]): Promise<string> =>
  farm.submit('--suite', FIXTURES, '--agent', agents, '--tasks', tasks, ...flags)

test('Harbor tasks run unchanged, and a sweep ends in a leaderboard', async () => {
  const { code, stdout } = await farm.sbench(
    ...['run', '--suite', FIXTURES, '--agent', 'oracle,nop,cheat', '--seeds', '1'],
  )
  expect(code).toBe(0)
  expect(stdout).toContain('Pass/fail')
  expect(stdout).toContain('Partial credit')
  const [latest] = await farm.sql<{ sweep_id: string }>(
    'SELECT sweep_id FROM sbench.sweeps ORDER BY sweep_id DESC LIMIT 1',
  )
  const sweep = latest?.sweep_id ?? ''
  await expectWhole(sweep, 12)
  const scores = await farm.sql(
    `SELECT contestant, sum(score_micros) AS micros FROM sbench.results FINAL
     WHERE sweep_id = {sweep:String} GROUP BY contestant ORDER BY contestant`,
    { sweep },
  )
  expect(scores).toEqual([
    { contestant: 'cheat', micros: '0' },
    { contestant: 'nop', micros: '0' },
    { contestant: 'oracle', micros: '4000000' },
  ])
})

test('spools go once ClickHouse holds their events', async () => {
  const [worker] = (await readdir(join(farm.home, 'data'))).filter((name) => /^worker/.test(name))
  const spool = join(farm.home, 'data', worker ?? '', 'spool')
  await eventually(
    'the spool is empty',
    async () => (await readdir(spool)).length === 0,
    PATIENCE_MS,
  )
})

test('a sweep outlives a worker that is killed in the middle of it', async () => {
  const sweep = await fixtureSweep('oracle', 'take-your-time', '--seeds', '12')
  await eventually('some results', async () => (await farm.results(sweep)) >= 2, PATIENCE_MS)
  process.kill(await farm.pidOf('worker'), 'SIGKILL')
  await ended(sweep)
  await expectWhole(sweep, 12)
  const [again] = await farm.sql<{ n: string }>(
    `SELECT count() AS n FROM sbench.attempts FINAL
     WHERE sweep_id = {sweep:String} AND end = 'node.restarted'`,
    { sweep },
  )
  expect(Number(again?.n)).toBeGreaterThan(0)
})

test('a sweep outlives a coordinator that is killed in the middle of it', async () => {
  const sweep = await fixtureSweep('oracle', 'take-your-time', '--seeds', '12')
  await eventually('some results', async () => (await farm.results(sweep)) >= 2, PATIENCE_MS)
  process.kill(await farm.pidOf('coordinator'), 'SIGKILL')
  await ended(sweep)
  await expectWhole(sweep, 12)
})

test('a sweep outlives a sink that is killed in the middle of it', async () => {
  const sweep = await fixtureSweep('oracle,nop', 'greet', '--seeds', '10')
  await eventually('some results', async () => (await farm.results(sweep)) >= 2, PATIENCE_MS)
  process.kill(await farm.pidOf('sink'), 'SIGKILL')
  await ended(sweep)
  await expectWhole(sweep, 20)
})

test('pausing, resuming and extending do what they say', async () => {
  const sweep = await fixtureSweep('oracle', 'take-your-time', '--seeds', '8')
  await eventually('some results', async () => (await farm.results(sweep)) >= 1, PATIENCE_MS)
  expect((await farm.sbench('sweep', 'pause', sweep)).code).toBe(0)
  const { status } = await farm.json<{ status: string }>('sweep', 'show', sweep)
  expect(status).toBe('paused')
  // Of two people who extend at one moment, one is refused, reads the plan again, and comes second.
  const extend = () => farm.sbench('sweep', 'extend', sweep, '--seeds', '+1')
  const extended = await Promise.all([extend(), extend()])
  expect(extended.map(({ code }) => code)).toEqual([0, 0])
  expect((await farm.sbench('sweep', 'resume', sweep)).code).toBe(0)
  await ended(sweep)
  await expectWhole(sweep, 10)
})

test('a cancelled sweep ends soon, with what it had and nothing left behind', async () => {
  const sweep = await fixtureSweep('oracle', 'take-your-time', '--seeds', '100')
  await eventually('some results', async () => (await farm.results(sweep)) >= 2, PATIENCE_MS)
  expect((await farm.sbench('sweep', 'cancel', sweep)).code).toBe(0)
  await ended(sweep)
  const results = await farm.results(sweep)
  expect(results).toBeLessThan(60)
  await expectWhole(sweep, results)
})

test('results and sweeps are still there after down and up', async () => {
  const before = await farm.sql('SELECT count() AS n FROM sbench.results FINAL')
  const startedAt = Date.now()
  expect((await farm.sbench('down')).code).toBe(0)
  expect(Date.now() - startedAt).toBeLessThan(8_000)
  expect((await farm.sbench('up')).code).toBe(0)
  expect(await farm.sql('SELECT count() AS n FROM sbench.results FINAL')).toEqual(before)
})
