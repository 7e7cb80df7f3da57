import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { Farm, FIXTURES } from './support/farm.ts'
import { untilEnded } from './support/until-ended.ts'
import { expectWhole } from './support/whole-sweep.ts'

let farm: Farm

beforeAll(async () => {
  farm = await Farm.up()
})
afterAll(async () => {
  await farm?.[Symbol.asyncDispose]()
})

/** A trial's first result takes an image, two containers and a busy machine. */
const PATIENCE_MS = 90_000

const ended = (sweep: string) => untilEnded(farm, sweep)

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
  await expectWhole(farm, sweep, 12)
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

interface Artifacts {
  readonly files: readonly { readonly path: string; readonly bytes: number }[]
}

test('what a trial left is listed and fetched, and goes with its sweep', async () => {
  const sweep = await fixtureSweep('oracle', 'letter-of-the-format', '--seeds', '1')
  await ended(sweep)
  await expectWhole(farm, sweep, 1)
  const [row] = await farm.sql<{ trial_id: string }>(
    'SELECT trial_id FROM sbench.results FINAL WHERE sweep_id = {sweep:String}',
    { sweep },
  )
  const trial = row?.trial_id ?? ''
  const { files } = await farm.json<Artifacts>('trial', 'artifacts', trial)
  expect(files.map(({ path, bytes }) => `${path} ${bytes}`)).toEqual([
    'artifacts/app/report/answer.txt 3',
    'artifacts/app/report/author.txt 10',
    'artifacts/extra.log 4',
    'verifier/reward.json 14',
  ])
  const { stdout } = await farm.sbench('trial', 'show', trial, '--no-steps')
  expect(stdout).toContain(`4 files are kept (31 bytes): sbench trial artifacts ${trial}`)
  const out = join(farm.home, 'kept')
  expect((await farm.sbench('trial', 'artifacts', trial, '--out', out)).code).toBe(0)
  expect(await readFile(join(out, 'artifacts/app/report/answer.txt'), 'utf8')).toBe('42\n')
  expect((await farm.sbench('trial', 'artifacts', trial, '--out', out)).code).toBe(2)
  const atCoordinator = join(farm.home, 'data/coordinator/artifacts')
  expect(await readdir(atCoordinator)).toContain(sweep)
  expect((await farm.sbench('sweep', 'delete', sweep, '--yes')).code).toBe(0)
  expect(await readdir(atCoordinator)).not.toContain(sweep)
  expect((await farm.sbench('trial', 'artifacts', trial)).code).toBe(3)
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
  await expectWhole(farm, sweep, 12)
  const [again] = await farm.sql<{ n: string }>(
    `SELECT count() AS n FROM sbench.attempts FINAL
     WHERE sweep_id = {sweep:String} AND end = 'node.restarted'`,
    { sweep },
  )
  expect(Number(again?.n)).toBeGreaterThan(0)
})

test('an agent goes on when its worker is killed, and no turn is lost or done twice', async () => {
  const sweep = await farm.submit(
    ...['--suite', FIXTURES, '--tasks', 'greet'],
    ...['--agent', 'loop', '--model', 'scripted/steady', '--seeds', '3'],
  )
  await eventually(
    'each agent is at work',
    async () => {
      const [row] = await farm.sql<{ n: string }>(
        `SELECT uniqExact(trial_id) AS n FROM sbench.events
       WHERE sweep_id = {sweep:String} AND kind = 'tool-result'`,
        { sweep },
      )
      return Number(row?.n) === 3
    },
    PATIENCE_MS,
  )
  process.kill(await farm.pidOf('worker'), 'SIGKILL')
  await ended(sweep)
  await expectWhole(farm, sweep, 3)
  const attempts = await farm.sql(
    `SELECT DISTINCT attempt, end, calls FROM sbench.attempts FINAL
     WHERE sweep_id = {sweep:String}`,
    { sweep },
  )
  expect(attempts).toEqual([{ attempt: 1, end: 'complete', calls: 7 }])
  const [passed] = await farm.sql<{ n: string }>(
    'SELECT countIf(pass) AS n FROM sbench.results FINAL WHERE sweep_id = {sweep:String}',
    { sweep },
  )
  expect(Number(passed?.n)).toBe(3)
})

test('a sweep outlives a coordinator that is killed in the middle of it', async () => {
  const sweep = await fixtureSweep('oracle', 'take-your-time', '--seeds', '12')
  await eventually('some results', async () => (await farm.results(sweep)) >= 2, PATIENCE_MS)
  process.kill(await farm.pidOf('coordinator'), 'SIGKILL')
  await ended(sweep)
  await expectWhole(farm, sweep, 12)
})

test('a sweep outlives a sink that is killed in the middle of it', async () => {
  const sweep = await fixtureSweep('oracle,nop', 'greet', '--seeds', '10')
  await eventually('some results', async () => (await farm.results(sweep)) >= 2, PATIENCE_MS)
  process.kill(await farm.pidOf('sink'), 'SIGKILL')
  await ended(sweep)
  await expectWhole(farm, sweep, 20)
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
  await expectWhole(farm, sweep, 10)
})

test('a cancelled sweep ends soon, with what it had and nothing left behind', async () => {
  const sweep = await fixtureSweep('oracle', 'take-your-time', '--seeds', '100')
  await eventually('some results', async () => (await farm.results(sweep)) >= 2, PATIENCE_MS)
  expect((await farm.sbench('sweep', 'cancel', sweep)).code).toBe(0)
  await ended(sweep)
  const results = await farm.results(sweep)
  expect(results).toBeLessThan(60)
  await expectWhole(farm, sweep, results)
})

test('results and sweeps are still there after down and up', async () => {
  const before = await farm.sql('SELECT count() AS n FROM sbench.results FINAL')
  const startedAt = Date.now()
  expect((await farm.sbench('down')).code).toBe(0)
  expect(Date.now() - startedAt).toBeLessThan(30_000)
  expect((await farm.sbench('up')).code).toBe(0)
  expect(await farm.sql('SELECT count() AS n FROM sbench.results FINAL')).toEqual(before)
})
