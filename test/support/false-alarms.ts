import {
  roundDeviation,
  sequenceHalfWidth,
} from '../../analytics/statistics/confidence-sequence.ts'
import { obrienFleming } from '../../analytics/statistics/group-sequential.ts'
import { Draws, taskPopulation } from './simulated-board.ts'

export interface AlarmOptions {
  readonly tasks: number
  readonly rounds: number
  /** The first round after which one looks. */
  readonly from: number
  readonly boards: number
  readonly seed: number
}

/**
 * Percent of sweeps of two contestants alike on these tasks that ever raise a false alarm, when one
 * looks after every round, by how the half width is made.
 */
export function falseAlarms({
  tasks,
  rounds,
  from,
  boards,
  seed,
}: AlarmOptions): Readonly<
  Record<
    'confidence sequence' | 'sd of round means' | 'ordinary intervals' | 'three planned looks',
    number
  >
> {
  const population = taskPopulation(0.25, 0.5).chances
  const planned = [1, 2, 3].map((look) => Math.round((look * rounds) / 3))
  const bounds = obrienFleming(3)
  const alarms = { sequence: 0, means: 0, ordinary: 0, looks: 0 }
  for (let board = 0; board < boards; board++) {
    const draws = new Draws(seed, board)
    const chances = Array.from(
      { length: tasks },
      () => population[draws.pick(population.length)] ?? 0,
    )
    const differences = new Float64Array(rounds * tasks).map((_, at) => {
      const chance = chances[at % tasks] ?? 0
      return Number(draws.uniform() < chance) - Number(draws.uniform() < chance)
    })
    const raised = { sequence: false, means: false, ordinary: false, looks: false }
    for (let round = from; round <= rounds; round++) {
      const seen = differences.subarray(0, round * tasks)
      const mean = seen.reduce((sum, value) => sum + value, 0) / seen.length
      const sd = roundDeviation(seen, tasks) ?? 0
      const spread = deviationOfMeans(seen, tasks)
      const width = (scale: number) =>
        sequenceHalfWidth(scale, { rounds: round, alpha: 0.05, expectedRounds: 10 })
      if (Math.abs(mean) > width(sd)) raised.sequence = true
      if (Math.abs(mean) > width(spread)) raised.means = true
      if (Math.abs(mean) > (1.96 * sd) / Math.sqrt(round)) raised.ordinary = true
      const look = planned.indexOf(round)
      if (look >= 0 && Math.abs(mean) * Math.sqrt(round) >= (bounds[look] ?? 99) * sd)
        raised.looks = true
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
