import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { Farm, FIXTURES, MCP_FIXTURES } from './support/farm.ts'
import { untilEnded } from './support/until-ended.ts'
import { expectWhole } from './support/whole-sweep.ts'

const AGENTS = [
  'loop',
  'claude-code',
  'codex',
  'gemini-cli',
  'opencode',
  'openhands',
  'mini-swe-agent',
]
const TASKS = ['failing-library-test', 'worker-pool-race']
const TRIALS = AGENTS.length * TASKS.length
const MINUTES = 60_000

let farm: Farm
beforeAll(async () => {
  farm = await Farm.up()
  await farm.json('agents', 'build')
}, 45 * MINUTES)
afterAll(async () => {
  await farm?.[Symbol.asyncDispose]()
})

interface Row {
  readonly contestant: string
  readonly outcome: string
  readonly pass: boolean
  readonly attempts: number
}

const resultsOf = (sweep: string) =>
  farm.sql<Row>(
    `SELECT contestant, outcome, pass, attempts FROM sbench.results FINAL
     WHERE sweep_id = {sweep:String} ORDER BY contestant, task`,
    { sweep },
  )

const wanted = [...AGENTS]
  .map((agent) => `${agent}+scripted/engineer`)
  .sort()
  .flatMap((contestant) =>
    TASKS.map(() => ({ contestant, outcome: 'scored', pass: true, attempts: 1 })),
  )

test(
  'every agent solves two tasks through the gateway, though the worker is killed meanwhile',
  async () => {
    const sweep = await farm.submit(
      ...['--suite', 'starter', '--tasks', TASKS.join(','), '--seeds', '1'],
      ...['--agent', AGENTS.join(','), '--model', 'scripted/engineer'],
    )
    await eventually('some are done', async () => (await farm.results(sweep)) >= 2, 10 * MINUTES)
    process.kill(await farm.pidOf('worker'), 'SIGKILL')
    await untilEnded(farm, sweep, 20 * MINUTES)
    await expectWhole(farm, sweep, TRIALS)
    const rows = await resultsOf(sweep)
    // An attempt that was booting or being graded when the worker died is one that starts again.
    expect(rows.map((row) => ({ ...row, attempts: 1 }))).toEqual(wanted)
  },
  35 * MINUTES,
)

/** How many attempts of the node's journals the next process of its worker could go on with. */
async function resumable(): Promise<number> {
  const data = join(farm.home, 'data')
  const [worker = ''] = (await readdir(data)).filter((name) => name.startsWith('worker'))
  const journal = join(data, worker, 'journal')
  const names = (await readdir(journal)).filter((name) => name.endsWith('.json'))
  // One may be gone by now.
  const texts = names.map((name) => readFile(join(journal, name), 'utf8').catch(() => ''))
  return (await Promise.all(texts)).filter((text) => text.includes('"resume"')).length
}

const WORKING_ON = ['claude-code', 'codex', 'mini-swe-agent']

test(
  'agents in the sandbox work on while their worker is dead, and no turn is lost or done twice',
  async () => {
    const sweep = await farm.submit(
      ...['--suite', FIXTURES, '--tasks', 'greet', '--seeds', '1'],
      ...['--agent', WORKING_ON.join(','), '--model', 'scripted/steady'],
    )
    await eventually(
      'each agent is at work',
      async () => (await resumable()) === WORKING_ON.length,
      5 * MINUTES,
    )
    process.kill(await farm.pidOf('worker'), 'SIGKILL')
    await untilEnded(farm, sweep, 10 * MINUTES)
    await expectWhole(farm, sweep, WORKING_ON.length)
    // The greeting that the verifier reads has a letter of each turn.
    expect(await resultsOf(sweep)).toEqual(
      WORKING_ON.map((agent) => ({
        contestant: `${agent}+scripted/steady`,
        outcome: 'scored',
        pass: true,
        attempts: 1,
      })),
    )
    const goneOnWith = await farm.sql(
      `SELECT uniqExact(trial_id) AS trials FROM sbench.events
       WHERE sweep_id = {sweep:String} AND kind = 'note'
         AND body = 'a new worker process went on with this attempt'`,
      { sweep },
    )
    expect(goneOnWith).toEqual([{ trials: `${WORKING_ON.length}` }])
    const calls = await farm.sql(
      `SELECT DISTINCT count() = uniqExact(call) AND max(call) = count() AS numbered
       FROM (SELECT trial_id, JSONExtractInt(meta, 'call') AS call FROM sbench.events
             WHERE sweep_id = {sweep:String} AND kind = 'model-call')
       GROUP BY trial_id`,
      { sweep },
    )
    expect(calls).toEqual([{ numbered: 1 }])
  },
  15 * MINUTES,
)

test(
  'agents use an MCP server of the task by their own means, and each use is on record',
  async () => {
    const agents = AGENTS.filter((agent) => agent !== 'mini-swe-agent').sort()
    const sweep = await farm.submit(
      ...['--suite', MCP_FIXTURES, '--seeds', '1'],
      ...['--agent', agents.join(','), '--model', 'scripted/noting'],
    )
    await untilEnded(farm, sweep, 10 * MINUTES)
    await expectWhole(farm, sweep, agents.length)
    expect(await resultsOf(sweep)).toEqual(
      agents.map((agent) => ({
        contestant: `${agent}+scripted/noting`,
        outcome: 'scored',
        pass: true,
        attempts: 1,
      })),
    )
    // The gateway's own record: what agents say of it themselves has no `failed`.
    const uses = await farm.sql(
      `SELECT trial_id, count() AS uses FROM sbench.events
       WHERE sweep_id = {sweep:String} AND kind = 'tool-result' AND tool = 'mcp:notes/add_note'
         AND JSONExtractRaw(meta, 'failed') = 'false'
       GROUP BY trial_id`,
      { sweep },
    )
    expect(uses).toEqual(agents.map(() => ({ trial_id: expect.any(String), uses: '2' })))
  },
  15 * MINUTES,
)

/** What OpenHands shows of a command depends on how fast its terminal was: a replay may see other words. */
const STEADY = AGENTS.filter((agent) => agent !== 'openhands')

test(
  'a replay asks no model, and every agent asks what it asked before',
  async () => {
    const recorded = await farm.submit(
      ...['--suite', 'starter', '--tasks', 'worker-pool-race', '--seeds', '1'],
      ...['--agent', STEADY.join(','), '--model', 'scripted/engineer'],
    )
    await untilEnded(farm, recorded, 15 * MINUTES)
    const { code, stdout, stderr } = await farm.sbench('sweep', 'replay', recorded)
    expect(`${stderr}${stdout}`).not.toContain('replay.differs')
    expect(code).toBe(0)
    const asked = await farm.sql(
      `SELECT DISTINCT JSONExtractString(meta, 'providerDialect') AS source FROM sbench.events
       WHERE kind = 'model-call' AND sweep_id = (SELECT max(sweep_id) FROM sbench.sweeps)`,
    )
    expect(asked).toEqual([{ source: 'replay' }])
  },
  35 * MINUTES,
)
