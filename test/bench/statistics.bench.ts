import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Measure } from '../../analytics/analysis/board-entries.ts'
import { boardOf } from '../../analytics/analysis/run-analysis.ts'
import { readLeaderboard } from '../../analytics/leaderboard.ts'
import { ResultsCollector } from '../../analytics/results/collect-results.ts'
import { dataVersion, type Results } from '../../analytics/results/results.ts'
import { migrate } from '../../analytics/schema/migrate.ts'
import { emptyCounts } from '../../analytics/statistics/bootstrap.ts'
import { bootstrapProblem } from '../../analytics/statistics/bootstrap-problem.ts'
import { runBootstrap } from '../../analytics/statistics/run-bootstrap.ts'
import { meansOf } from '../../analytics/statistics/score-table.ts'
import { newSweepId } from '../../core/ids.ts'
import { Engine } from '../support/engine.ts'
import { Draws, passesOf } from '../support/simulated-board.ts'
import { absoluteRow, type Bench, type BenchRow } from './bench.ts'
import { machineGain } from './machine-gain.ts'

const RESAMPLES = 10_000
const TRIALS = 1_000_000

/**
 * What boards cost. The anchor is SciPy, where `python3` has it, doing the single intervals alone;
 * a board of ours has all pairs, ranks and shares of being best besides.
 */
export const bench: Bench = {
  name: 'statistics',
  async run() {
    return [...(await smallBoard()), ...(await largeBoard()), await refresh()]
  },
}

async function smallBoard(): Promise<BenchRow[]> {
  const { results, measure } = made(8, 50, 10)
  const board = { level: 0.95, seed: 1, resamples: RESAMPLES, version: dataVersion(results) }
  const draw = () => boardOf(results, measure, { ...board, pairs: true, checks: false })
  const cold = await timed(draw)
  const warm = await best(5, draw)
  let longest = 0
  let last = performance.now()
  const watch = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 1)
  await draw()
  clearInterval(watch)
  const anchor = await scipy(results, { contestants: 8, tasks: 50, rounds: 3 })
  return [
    absoluteRow('board 8 x 50 x 10, B = 10,000, first of a process', {
      ours: cold,
      unit: 'ms',
      most: 250,
    }),
    {
      what: 'board 8 x 50 x 10, B = 10,000, all pairs, ranks, best',
      ours: warm,
      anchor,
      unit: 'ms',
      ratio: anchor === null ? null : warm / anchor,
      target: '< 100 ms, ≤ anchor',
      met: warm < 100 && (anchor === null || warm <= anchor),
    },
    absoluteRow('longest that such a board holds the thread', {
      ours: longest,
      unit: 'ms',
      most: 50,
    }),
  ]
}

async function largeBoard(): Promise<BenchRow[]> {
  const { results, measure } = made(100, 1_000, 20)
  const problem = bootstrapProblem(measure.table, 1)?.problem
  if (problem === undefined) throw new Error('nothing to draw from')
  const draw = (workers: number, resamples = RESAMPLES) =>
    runBootstrap(problem, { resamples, workers })
  await draw(2, 100)
  // Turns are taken, so that the machine's moods meet both alike.
  const times = { one: Number.POSITIVE_INFINITY, two: Number.POSITIVE_INFINITY }
  for (let round = 0; round < 3; round++) {
    times.one = Math.min(times.one, await timed(() => draw(1)))
    times.two = Math.min(times.two, await timed(() => draw(2)))
  }
  const gain = times.one / times.two
  const machine = await machineGain(3)
  const anchor = await scipy(results, { contestants: 100, tasks: 1_000, rounds: 1 })
  const counts = emptyCounts(100)
  const bytes = [counts.distances, counts.top, counts.ranks, counts.maxima].reduce(
    (sum, { byteLength }) => sum + byteLength,
    0,
  )
  return [
    {
      what: 'resamples 100 x 1,000 x 20, B = 10,000, one thread',
      ours: times.one,
      anchor,
      unit: 'ms',
      ratio: anchor === null ? null : times.one / anchor,
      target: '< 3000 ms',
      met: times.one < 3_000,
    },
    {
      what: 'gain of two threads, beside that of a loop that shares nothing',
      ours: gain,
      anchor: machine,
      unit: 'x',
      ratio: gain / machine,
      target: '≥ 1.7 x',
      met: gain >= 1.7,
    },
    absoluteRow('memory of its counts, whatever B', {
      ours: bytes / 2 ** 20,
      unit: 'MiB',
      most: 8,
    }),
  ]
}

/** A leaderboard without resamples from a million results in the embedded engine. */
async function refresh(): Promise<BenchRow> {
  await using engine = await Engine.start()
  await using store = engine.store()
  await migrate(store)
  const sweep = newSweepId()
  const [contestants, tasks] = [10, 1_000]
  const seeds = TRIALS / contestants / tasks
  const cells = `concat('contestant-', toString(number % ${contestants})) AS contestant, concat('task-', toString(intDiv(number, ${contestants}) % ${tasks})) AS task`
  await store.command(
    `INSERT INTO sbench.sweeps (sweep_id, version, name, suite, suite_version, status, planned, started_at)
     SELECT '${sweep}', 1, 'bench', 'made', '1', 'finished', ${TRIALS}, now64(3)`,
  )
  await store.command(
    `INSERT INTO sbench.cells (sweep_id, contestant, task, version, agent, planned)
     SELECT '${sweep}', contestant, task, 1, 'loop', ${seeds}
     FROM (SELECT ${cells} FROM numbers(${contestants * tasks}))`,
  )
  await store.command(
    `INSERT INTO sbench.results (sweep_id, trial_id, version, contestant, agent, task, seed, outcome, scored, pass, score_micros, wall_ms)
     SELECT '${sweep}', lower(hex(MD5(toString(number)))), 1, contestant, 'loop', task, number,
       if(number % 50 = 0, 'infra-failed', 'scored'), number % 50 != 0,
       if(number % 50 = 0, NULL, cityHash64(number) % 3 = 0),
       if(number % 50 = 0, NULL, toInt64(1000000 * (cityHash64(number) % 3 = 0))), 60000
     FROM (SELECT number, ${cells} FROM numbers(${TRIALS}))`,
  )
  const ours = await best(5, () => readLeaderboard(store, sweep))
  return absoluteRow('leaderboard of a million trials, no resamples', {
    ours,
    unit: 'ms',
    most: 300,
  })
}

function made(
  contestants: number,
  tasks: number,
  seeds: number,
): { results: Results; measure: Measure } {
  const collector = new ResultsCollector()
  for (let contestant = 0; contestant < contestants; contestant++) {
    const draws = new Draws(1, contestant)
    for (let task = 0; task < tasks; task++) {
      const chance = Math.min(1, Math.max(0, (task + 0.5) / tasks - 0.002 * contestant))
      const passed = passesOf(chance, seeds, draws)
      for (let seed = 0; seed < seeds; seed++) {
        const row = { contestant: `c${contestant}`, task: `t${task}`, seed, pass: seed < passed }
        collector.add(row, 'made')
      }
    }
  }
  const results = collector.finish('made')
  return {
    results,
    measure: { name: 'pass', label: 'pass rate', table: results.passes, rate: true },
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function best(rounds: number, work: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) least = Math.min(least, await timed(work))
  return least
}

/** @returns null where python3 has no SciPy. */
async function scipy(
  { passes }: Results,
  size: { readonly contestants: number; readonly tasks: number; readonly rounds: number },
): Promise<number | null> {
  const script = fileURLToPath(new URL('./scipy-bootstrap.py', import.meta.url))
  const python = spawn('python3', [script], { stdio: ['pipe', 'pipe', 'ignore'] })
  let answer = ''
  python.stdout.on('data', (piece: Buffer) => {
    answer += piece.toString()
  })
  python.on('error', () => {})
  python.stdin.on('error', () => {})
  python.stdin.end(JSON.stringify({ ...size, resamples: RESAMPLES, means: [...meansOf(passes)] }))
  const [code] = await Promise.race([once(python, 'close'), once(python, 'error').then(() => [1])])
  const found = Number(answer)
  return code === 0 && found > 0 ? found : null
}
