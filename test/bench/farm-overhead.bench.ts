import { setTimeout as sleep } from 'node:timers/promises'
import { Farm, FIXTURES } from '../support/farm.ts'
import { untilEnded } from '../support/until-ended.ts'
import { BareTrials } from './bare-trials.ts'
import { type Bench, type BenchRow, factRow, ratioRow } from './bench.ts'
import { clientSpent, difference, farmSpent, type Spent, sum } from './core-accounts.ts'

const CONCURRENCIES = [1, 4, 8]
const TRIALS = 24
const WARM_TRIALS = 2
const PATIENCE_MS = 600_000
const REST_SECONDS = 10
/** Slots of the node: more than a machine of two cores gives itself, so that eight fit. */
const SLOTS = Math.max(...CONCURRENCIES)

/**
 * An oracle's trials through the whole farm, against a script of bare calls of Docker that does the
 * same container work on the same machine. Half of the script's trials come before the farm's and
 * half after them, so that the machine's moods meet both.
 */
export const bench: Bench = {
  name: 'farm-overhead',
  async run() {
    await using farm = await Farm.up({
      environment: { ...process.env, SBENCH_CPUS: `${SLOTS}` },
    })
    const warm = await sweepOf(farm, WARM_TRIALS, SLOTS)
    const bare = await BareTrials.of(await imageOf(farm, warm))
    await bare.run(WARM_TRIALS, 1)
    const rest = await restRow(farm)
    const runs: Run[] = []
    for (const concurrency of CONCURRENCIES) runs.push(await measure(farm, bare, concurrency))
    return [...runs.map(timeRow), ...(await phaseRows(farm, runs)), ...coreRows(runs), rest]
  },
}

interface Run {
  readonly concurrency: number
  readonly sweep: string
  /** Seconds a trial. */
  readonly ours: number
  readonly bare: number
  /** Core-seconds of all trials, by part; of the script, by `client` and `docker`. */
  readonly ourCores: Spent
  readonly bareCores: Spent
}

async function measure(farm: Farm, bare: BareTrials, concurrency: number): Promise<Run> {
  const bareBefore = clientSpent()
  let bareSeconds = await bare.run(TRIALS / 2, concurrency)
  const bareBetween = clientSpent()
  const before = await farmSpent(farm)
  const sweep = await sweepOf(farm, TRIALS, concurrency)
  const ourCores = difference(await farmSpent(farm), before)
  const bareAgain = clientSpent()
  bareSeconds += await bare.run(TRIALS / 2, concurrency)
  const halves = [difference(bareBetween, bareBefore), difference(clientSpent(), bareAgain)]
  return {
    concurrency,
    sweep,
    ours: (await secondsOf(farm, sweep)) / TRIALS,
    bare: bareSeconds / TRIALS,
    ourCores,
    bareCores: sum(halves),
  }
}

async function sweepOf(farm: Farm, trials: number, concurrency: number): Promise<string> {
  const sweep = await farm.submit(
    ...['--suite', FIXTURES, '--tasks', 'greet', '--agent', 'oracle'],
    ...['--seeds', `${trials}`, '--concurrency', `${concurrency}`],
  )
  await untilEnded(farm, sweep, PATIENCE_MS)
  const passed =
    'SELECT countIf(pass) AS n FROM sbench.results FINAL WHERE sweep_id = {sweep:String}'
  const [row] = await farm.sql<{ n: string }>(passed, { sweep })
  if (Number(row?.n) !== trials) throw new Error(`only ${row?.n} of ${trials} trials passed`)
  return sweep
}

/** From the sweep's start to its end, planning and last records included. */
async function secondsOf(farm: Farm, sweep: string): Promise<number> {
  const [row] = await farm.sql<{ ms: string }>(
    `SELECT date_diff('ms', started_at, assumeNotNull(finished_at)) AS ms
     FROM sbench.sweeps FINAL WHERE sweep_id = {sweep:String}`,
    { sweep },
  )
  return Number(row?.ms) / 1_000
}

async function imageOf(farm: Farm, sweep: string): Promise<string> {
  const query = 'SELECT any(image) AS image FROM sbench.attempts WHERE sweep_id = {sweep:String}'
  const [row] = await farm.sql<{ image: string }>(query, { sweep })
  return row?.image ?? ''
}

/** What the farm spends without any trial: part of each trial's share while trials are slow. */
async function restRow(farm: Farm): Promise<BenchRow> {
  const before = await farmSpent(farm)
  await sleep(REST_SECONDS * 1_000)
  const spent = difference(await farmSpent(farm), before)
  const ours = [...spent].filter(([part]) => part !== 'docker')
  const seconds = ours.reduce((total, [, more]) => total + more, 0)
  const unit = 'core-ms'
  return factRow('cores of a farm at rest, a second', {
    ours: (seconds * 1e3) / REST_SECONDS,
    unit,
  })
}

function timeRow({ concurrency, ours, bare }: Run): BenchRow {
  const what = `a trial through the farm, against bare Docker calls, ${concurrency} at once`
  return ratioRow(what, { ours, anchor: bare, unit: 's', most: 1.25 })
}

/** Where the time of a trial goes; what is in no phase is scheduling and the record. */
async function phaseRows(farm: Farm, runs: readonly Run[]): Promise<BenchRow[]> {
  const rows: BenchRow[] = []
  for (const { sweep, concurrency } of runs) {
    const [phases] = await farm.sql<Record<string, number>>(PHASES, { sweep })
    for (const [phase, ms] of Object.entries(phases ?? {})) {
      rows.push(factRow(`mean of ${phase}, ${concurrency} at once`, { ours: ms, unit: 'ms' }))
    }
  }
  return rows
}

const PHASES = `SELECT ${['boot', 'agent', 'collect', 'teardown', 'grade']
  .map((phase) => `avg(${phase}_ms) AS ${phase}`)
  .join(', ')} FROM sbench.attempts FINAL WHERE sweep_id = {sweep:String}`

/** Over all trials of the run, however many at once. */
function coreRows(runs: readonly Run[]): BenchRow[] {
  const trials = runs.length * TRIALS
  const ours = sum(runs.map(({ ourCores }) => ourCores))
  const bare = sum(runs.map(({ bareCores }) => bareCores))
  const milliseconds = (seconds: number | undefined) => ((seconds ?? 0) / trials) * 1_000
  const rows = [...ours].map(([part, seconds]) =>
    factRow(
      part === 'docker' ? 'cores of a trial, dockerd and containerd' : `cores of a trial, ${part}`,
      {
        ours: milliseconds(seconds),
        anchor: part === 'docker' ? milliseconds(bare.get('docker')) : null,
        unit: 'core-ms',
      },
    ),
  )
  const client = factRow('cores of a bare trial, its script', {
    ours: milliseconds(bare.get('client')),
    unit: 'core-ms',
  })
  return [...rows, client]
}
