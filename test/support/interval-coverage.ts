import { clusterT } from '../../analytics/statistics/cluster-t.ts'
import { designEffectWilson, wilson } from '../../analytics/statistics/design-effect-wilson.ts'
import { kornGraubard } from '../../analytics/statistics/korn-graubard.ts'
import { normalQuantile } from '../../analytics/statistics/normal.ts'
import type { TaskCell } from '../../analytics/statistics/task-cell.ts'
import { macroMean } from '../../analytics/statistics/task-cell.ts'
import { theseTasks } from '../../analytics/statistics/these-tasks.ts'
import { Draws, passCell, passesOf, taskPopulation } from './simulated-board.ts'

type Ends = { readonly low: number; readonly high: number } | null

const METHODS: Readonly<Record<string, (cells: readonly TaskCell[]) => Ends>> = {
  'run-level Wilson': (cells) => {
    const trials = cells.reduce((sum, { n }) => sum + n, 0)
    return wilson(macroMean(cells) ?? 0, trials, normalQuantile(0.975))
  },
  'these tasks only': (cells) => theseTasks(cells),
  'cluster t': (cells) => clusterT(cells),
  'design-effect Wilson': (cells) => designEffectWilson(cells),
  'Korn-Graubard': (cells) => kornGraubard(cells),
}

export interface Coverage {
  readonly method: string
  /** Percent of boards whose interval holds the rate of the population of tasks. */
  readonly ofPopulation: number
  /** And the mean of the chances of the very tasks that were drawn. */
  readonly ofTheseTasks: number
  /** Mean half width, in points. */
  readonly halfWidth: number
}

export interface Design {
  readonly rate: number
  readonly icc: number
  readonly tasks: number
  readonly seeds: number
}

/** How often each interval holds what it is about, over boards of tasks drawn from a population. */
export function intervalCoverage(
  { rate, icc, tasks, seeds }: Design,
  { boards, seed }: { readonly boards: number; readonly seed: number },
): Coverage[] {
  const population = taskPopulation(rate, icc)
  const counts = Object.keys(METHODS).map((method) => ({
    method,
    population: 0,
    these: 0,
    width: 0,
  }))
  for (let board = 0; board < boards; board++) {
    const draws = new Draws(seed, board)
    let truth = 0
    const cells = Array.from({ length: tasks }, () => {
      const chance = population.chances[draws.pick(population.chances.length)] ?? 0
      truth += chance / tasks
      return passCell(passesOf(chance, seeds, draws), seeds)
    })
    for (const count of counts) {
      const ends = METHODS[count.method]?.(cells) ?? { low: 1, high: 0 }
      if (ends.low <= population.rate && population.rate <= ends.high) count.population += 1
      if (ends.low <= truth && truth <= ends.high) count.these += 1
      count.width += (ends.high - ends.low) / 2
    }
  }
  return counts.map(({ method, population: held, these, width }) => ({
    method,
    ofPopulation: (100 * held) / boards,
    ofTheseTasks: (100 * these) / boards,
    halfWidth: (100 * width) / boards,
  }))
}
