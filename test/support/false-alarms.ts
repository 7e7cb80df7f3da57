import {
  roundDeviation,
  sequenceHalfWidth,
} from '../../analytics/statistics/confidence-sequence.ts'
import {
  boundsOf,
  type StopRule,
  stopVerdict,
  type TaskDifferences,
} from '../../analytics/statistics/stop-verdict.ts'
import { MICRO } from '../../analytics/statistics/task-cell.ts'
import { Draws, taskPopulation } from './simulated-board.ts'

export interface AlarmOptions {
  readonly tasks: number
  readonly rounds: number
  /** The first round after which one looks. */
  readonly from: number
  /** Pass rate of both over the population of tasks; 0.25 when absent. */
  readonly rate?: number
  /** Share of pairs of trials of which one is missing; none when absent. */
  readonly missing?: number
  readonly boards: number
  readonly seed: number
}

type Alarms = Readonly<
  Record<
    'confidence sequence' | 'sd of round means' | 'ordinary intervals' | 'three planned looks',
    number
  >
>

/**
 * Percent of sweeps of two contestants alike on these tasks that ever raise a false alarm, by how one
 * looks: after every round or at three planned looks through {@link stopVerdict}, as a sweep does;
 * and, with nothing missing, after every round at what must not be looked at.
 */
export function falseAlarms(options: AlarmOptions): Alarms {
  const { tasks, rounds, from, rate = 0.25, missing = 0, boards, seed } = options
  const population = taskPopulation(rate, 0.5).chances
  const sequence: StopRule = {
    method: 'confidence sequence',
    alpha: 0.05,
    margin: null,
    minRounds: from,
    maxRounds: 20,
    looks: 0,
    precise: false,
  }
  const looks: StopRule = { ...sequence, method: 'planned looks', maxRounds: rounds, looks: 3 }
  const bounds = boundsOf(looks)
  const alarms = { sequence: 0, means: 0, ordinary: 0, looks: 0 }
  for (let board = 0; board < boards; board++) {
    const draws = new Draws(seed, board)
    const chances = Array.from(
      { length: tasks },
      () => population[draws.pick(population.length)] ?? 0,
    )
    const differences = new Float64Array(rounds * tasks).map((_, at) => {
      const chance = chances[at % tasks] ?? 0
      const difference = Number(draws.uniform() < chance) - Number(draws.uniform() < chance)
      return missing > 0 && draws.uniform() < missing ? Number.NaN : difference
    })
    const raised = { sequence: false, means: false, ordinary: false, looks: false }
    for (let round = from; round <= rounds; round++) {
      const seen = differences.subarray(0, round * tasks)
      const cells = taskDifferences(seen, tasks)
      const found = stopVerdict(cells, { rounds: round, rule: sequence })
      if (found?.reason === 'different') raised.sequence = true
      const looked = stopVerdict(cells, { rounds: round, rule: looks, bounds })
      if (looked?.reason === 'different') raised.looks = true
      if (missing > 0) continue
      const mean = seen.reduce((sum, value) => sum + value, 0) / seen.length
      const sd = roundDeviation(seen, tasks) ?? 0
      const spread = deviationOfMeans(seen, tasks)
      const half = sequenceHalfWidth(spread, { rounds: round, alpha: 0.05, expectedRounds: 10 })
      if (Math.abs(mean) > half) raised.means = true
      if (Math.abs(mean) > (1.96 * sd) / Math.sqrt(round)) raised.ordinary = true
    }
    if (raised.sequence) alarms.sequence += 1
    if (raised.means) alarms.means += 1
    if (raised.ordinary) alarms.ordinary += 1
    if (raised.looks) alarms.looks += 1
  }
  const share = (count: number) => (100 * count) / boards
  return {
    'confidence sequence': share(alarms.sequence),
    'sd of round means': share(alarms.means),
    'ordinary intervals': share(alarms.ordinary),
    'three planned looks': share(alarms.looks),
  }
}

/**
 * What a sweep knows of each task after some rounds.
 *
 * @param differences rounds x tasks as fractions, NaN where one of both is missing.
 */
export function taskDifferences(differences: Float64Array, tasks: number): TaskDifferences[] {
  return Array.from({ length: tasks }, (_, task) => {
    let [n, sum, sumSquares] = [0, 0, 0]
    for (let at = task; at < differences.length; at += tasks) {
      const micros = Math.round((differences[at] ?? Number.NaN) * MICRO)
      if (Number.isNaN(micros)) continue
      n += 1
      sum += micros
      sumSquares += micros ** 2
    }
    return { n, sum, sumSquares }
  })
}

/** Of the few round means themselves: what must not be done. */
function deviationOfMeans(differences: Float64Array, tasks: number): number {
  const rounds = differences.length / tasks
  const means = Array.from({ length: rounds }, (_, round) => {
    const own = differences.subarray(round * tasks, (round + 1) * tasks)
    return own.reduce((sum, value) => sum + value, 0) / tasks
  })
  const mean = means.reduce((sum, value) => sum + value, 0) / rounds
  const squares = means.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return rounds < 2 ? 0 : Math.sqrt(squares / (rounds - 1))
}
