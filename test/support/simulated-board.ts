import { betaQuantile } from '../../analytics/statistics/clopper-pearson.ts'
import { MICRO, type TaskCell } from '../../analytics/statistics/task-cell.ts'
import { fillWords, PURPOSE, uniformOf } from '../../analytics/statistics/threefry.ts'

/** Draws that depend on a seed and a number alone, one after the other. */
export class Draws {
  readonly #words = new Uint32Array(1_024)
  readonly #seed: number
  #index: number
  #next = 1_024

  constructor(seed: number, stream: number) {
    this.#seed = seed
    this.#index = stream * 2 ** 24
  }

  /** Uniform in (0, 1). */
  uniform(): number {
    if (this.#next === this.#words.length) {
      const stream = { seed: this.#seed, purpose: PURPOSE.simulation, index: this.#index }
      fillWords(this.#words, stream)
      this.#index += 1
      this.#next = 0
    }
    const word = this.#words[this.#next] ?? 0
    this.#next += 1
    return uniformOf(word)
  }

  /** One of `count`, from 0. */
  pick(count: number): number {
    return Math.floor(this.uniform() * count)
  }
}

/** A population of tasks: the chance of a pass on each, all as likely to be drawn. */
export interface TaskPopulation {
  readonly chances: Float64Array
  /** The rate that intervals over tasks like these are to hold. */
  readonly rate: number
}

/**
 * Tasks whose chances follow a beta distribution of a mean rate and a share of variance between
 * tasks, as 2,048 tasks at its middle quantiles: their mean is the truth, without any error.
 */
export function taskPopulation(rate: number, icc: number): TaskPopulation {
  const weight = 1 / icc - 1
  const [a, b] = [rate * weight, (1 - rate) * weight]
  const chances = Float64Array.from({ length: 2_048 }, (_, at) =>
    betaQuantile((at + 0.5) / 2_048, a, b),
  )
  return { chances, rate: chances.reduce((sum, chance) => sum + chance, 0) / chances.length }
}

/** Passes of `seeds` trials at a chance. */
export function passesOf(chance: number, seeds: number, draws: Draws): number {
  let passed = 0
  for (let seed = 0; seed < seeds; seed++) if (draws.uniform() < chance) passed += 1
  return passed
}

export function passCell(passed: number, seeds: number): TaskCell {
  const sumMicros = passed * MICRO
  return { task: '', n: seeds, sumMicros, sumSquares: sumMicros * MICRO, missing: 0 }
}

/** One line of a validation: what was found beside what was published, and what is allowed. */
export interface ValidationRow {
  readonly what: string
  /** In percent. */
  readonly found: number
  /** Of statistics published for these methods; null where there are none. */
  readonly published: string | null
  readonly allowed: readonly [low: number, high: number]
  readonly met: boolean
}

export function validationRow(
  what: string,
  { found, published, allowed }: Omit<ValidationRow, 'what' | 'met'>,
): ValidationRow {
  const met = found >= allowed[0] && found <= allowed[1]
  return { what, found, published, allowed, met }
}
