import { fillWords, PURPOSE, type Seed } from './threefry.ts'

/**
 * What a paired cluster bootstrap draws from: contestants with a valid trial on every task, and
 * their task means added up by cluster. Typed arrays may lie in shared memory.
 */
export interface BootstrapProblem {
  readonly contestants: number
  readonly clusters: number
  /** Sums of task means, contestants x clusters. */
  readonly sums: Float64Array
  /** Tasks in each cluster. */
  readonly sizes: Float64Array
  /** Macro mean of each contestant, and its standard error over clusters. */
  readonly means: Float64Array
  readonly errors: Float64Array
  /**
   * Standard error of each pair's difference, pairs in the order of {@link pairIndex}; 0 keeps a
   * pair out of max |t|.
   */
  readonly pairErrors: Float64Array
  readonly seed: Seed
}

/**
 * What resamples came to, as counts: adding those of two ranges gives those of both, in any order,
 * so the number of threads cannot change a bit, and memory does not grow with resamples.
 */
export interface BootstrapCounts {
  readonly resamples: number
  /** Contestants x bins of the distance from the mean, in standard errors. */
  readonly distances: Uint32Array
  /** Contestants x ties: resamples in which a contestant was on top, alone or with so many others. */
  readonly top: Uint32Array
  /** Contestants x contestants: resamples in which a contestant had a rank, ties sharing the best. */
  readonly ranks: Uint32Array
  /** Bins of the largest distance over pairs, in standard errors of each pair. */
  readonly maxima: Uint32Array
}

/** Of a standard error; a quantile read from bins is good to half a percent of one. */
export const BINS_PER_ERROR = 256
/** Bins reach this many standard errors either way; what lies beyond is in the last. */
const REACH = 12
export const DISTANCE_BINS = 2 * REACH * BINS_PER_ERROR
export const MAXIMUM_BINS = 16 * BINS_PER_ERROR
/** Means this near are ties: rounding must not decide who is on top. */
const SLACK = 1e-11
/** Resamples that are multiplied together. */
const BLOCK = 4

/** Place of a pair, first < second, among all pairs of so many contestants. */
export function pairIndex(first: number, second: number, contestants: number): number {
  return first * contestants - (first * (first + 1)) / 2 + second - first - 1
}

export function emptyCounts(contestants: number): BootstrapCounts {
  return {
    resamples: 0,
    distances: new Uint32Array(contestants * DISTANCE_BINS),
    top: new Uint32Array(contestants * contestants),
    ranks: new Uint32Array(contestants * contestants),
    maxima: new Uint32Array(MAXIMUM_BINS),
  }
}

export function addCounts(one: BootstrapCounts, other: BootstrapCounts): BootstrapCounts {
  const add = (left: Uint32Array, right: Uint32Array) =>
    left.map((value, at) => value + (right[at] ?? 0))
  return {
    resamples: one.resamples + other.resamples,
    distances: add(one.distances, other.distances),
    top: add(one.top, other.top),
    ranks: add(one.ranks, other.ranks),
    maxima: add(one.maxima, other.maxima),
  }
}

/**
 * Draws resamples `from` to `to` (exclusive) and counts what they come to. A resample draws as many
 * clusters as there are, with replacement, once for all contestants: pairing is then free.
 *
 * Each resample has a random stream of its own, and each sum runs over clusters in order, so that
 * a resample is the same whoever draws it.
 *
 * @see Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapters 8 and 13; Field & Welsh
 * (2007), "Bootstrapping clustered data", for drawing whole clusters.
 */
export function countResamples(
  problem: BootstrapProblem,
  { from, to }: { readonly from: number; readonly to: number },
): BootstrapCounts {
  const { contestants, clusters } = problem
  const counts = emptyCounts(contestants)
  const lanes = Array.from({ length: BLOCK }, () => new Float64Array(clusters))
  const words = new Uint32Array(clusters)
  const means = new Float64Array(contestants * BLOCK)
  const multiplier = new Multiplier(problem)
  const tally = new Tally(problem, counts)
  for (let first = from; first < to; first += BLOCK) {
    const size = Math.min(BLOCK, to - first)
    for (let lane = 0; lane < size; lane++) {
      const draws = lanes[lane] as Float64Array
      draws.fill(0)
      fillWords(words, { seed: problem.seed, purpose: PURPOSE.bootstrap, index: first + lane })
      for (let draw = 0; draw < clusters; draw++) {
        // A word times C over 2^32, rounded down: uneven by less than C / 2^32.
        const cluster = Math.floor(((words[draw] as number) * clusters) / 2 ** 32)
        draws[cluster] = (draws[cluster] as number) + 1
      }
    }
    multiplier.multiply(lanes, means)
    for (let lane = 0; lane < size; lane++) tally.add(means, lane)
  }
  return { ...counts, resamples: Math.max(0, to - from) }
}

/** Two contestants by four resamples at a time: a number that is loaded is used often. */
class Multiplier {
  readonly #rows: readonly Float64Array[]
  readonly #sizes: Float64Array

  constructor({ contestants, clusters, sums, sizes }: BootstrapProblem) {
    this.#rows = Array.from({ length: contestants }, (_, contestant) =>
      sums.subarray(contestant * clusters, (contestant + 1) * clusters),
    )
    this.#sizes = sizes
  }

  /** @param means contestants x four lanes, written. */
  multiply(lanes: readonly Float64Array[], means: Float64Array): void {
    const totals = new Float64Array(2 * BLOCK)
    this.#pair([this.#sizes, this.#sizes], lanes, totals)
    const products = new Float64Array(2 * BLOCK)
    for (let first = 0; first < this.#rows.length; first += 2) {
      const row = this.#rows[first] as Float64Array
      this.#pair([row, this.#rows[first + 1] ?? row], lanes, products)
      const kept = Math.min(2 * BLOCK, means.length - first * BLOCK)
      for (let at = 0; at < kept; at++) {
        means[first * BLOCK + at] = (products[at] as number) / (totals[at % BLOCK] as number)
      }
    }
  }

  #pair(
    [left, right]: readonly [Float64Array, Float64Array],
    [k0, k1, k2, k3]: readonly Float64Array[],
    products: Float64Array,
  ): void {
    if (k0 === undefined || k1 === undefined || k2 === undefined || k3 === undefined) return
    let a0 = 0
    let a1 = 0
    let a2 = 0
    let a3 = 0
    let b0 = 0
    let b1 = 0
    let b2 = 0
    let b3 = 0
    for (let cluster = 0; cluster < left.length; cluster++) {
      const a = left[cluster] as number
      const b = right[cluster] as number
      const d0 = k0[cluster] as number
      const d1 = k1[cluster] as number
      const d2 = k2[cluster] as number
      const d3 = k3[cluster] as number
      a0 += a * d0
      a1 += a * d1
      a2 += a * d2
      a3 += a * d3
      b0 += b * d0
      b1 += b * d1
      b2 += b * d2
      b3 += b * d3
    }
    products.set([a0, a1, a2, a3, b0, b1, b2, b3])
  }
}

/** Counts one resample after the other, without making anything new. */
class Tally {
  readonly #contestants: number
  readonly #centres: Float64Array
  /** Bins a unit of distance; 0 where a standard error is 0 and nothing can be told. */
  readonly #scales: Float64Array
  readonly #pairScales: Float64Array
  readonly #counts: BootstrapCounts
  readonly #offsets: Float64Array
  readonly #ranks: Int32Array

  constructor(
    { contestants, clusters, means, errors, pairErrors }: BootstrapProblem,
    counts: BootstrapCounts,
  ) {
    this.#contestants = contestants
    this.#centres = means
    this.#counts = counts
    const perError = (scale: number) => (error: number) => (error > 0 ? scale / error : 0)
    this.#scales = errors.map(perError(BINS_PER_ERROR))
    // Resampling C clusters scatters less than they do, by C - 1 over C: undone here.
    const wider = Math.sqrt(clusters / Math.max(1, clusters - 1))
    this.#pairScales = pairErrors.map(perError(BINS_PER_ERROR * wider))
    this.#offsets = new Float64Array(contestants)
    this.#ranks = new Int32Array(contestants)
  }

  add(means: Float64Array, lane: number): void {
    const count = this.#contestants
    const [offsets, ranks] = [this.#offsets, this.#ranks]
    for (let contestant = 0; contestant < count; contestant++) {
      const offset =
        (means[contestant * BLOCK + lane] as number) - (this.#centres[contestant] as number)
      offsets[contestant] = offset
      ranks[contestant] = 0
      const bin = Math.floor(offset * (this.#scales[contestant] as number)) + DISTANCE_BINS / 2
      const kept = bin < 0 ? 0 : bin >= DISTANCE_BINS ? DISTANCE_BINS - 1 : bin
      const at = contestant * DISTANCE_BINS + kept
      this.#counts.distances[at] = (this.#counts.distances[at] as number) + 1
    }
    let largest = 0
    for (let first = 0, pair = 0; first < count; first++) {
      const mean = means[first * BLOCK + lane] as number
      const offset = offsets[first] as number
      let beaten = 0
      for (let second = first + 1; second < count; second++, pair++) {
        const gap = mean - (means[second * BLOCK + lane] as number)
        if (gap > SLACK) ranks[second] = (ranks[second] as number) + 1
        else if (gap < -SLACK) beaten += 1
        const distance =
          Math.abs(offset - (offsets[second] as number)) * (this.#pairScales[pair] as number)
        if (distance > largest) largest = distance
      }
      ranks[first] = (ranks[first] as number) + beaten
    }
    const bin = Math.min(MAXIMUM_BINS - 1, Math.floor(largest))
    this.#counts.maxima[bin] = (this.#counts.maxima[bin] as number) + 1
    this.#countRanks(ranks)
  }

  #countRanks(ranks: Int32Array): void {
    const count = this.#contestants
    let tied = 0
    for (const rank of ranks) if (rank === 0) tied += 1
    for (let contestant = 0; contestant < count; contestant++) {
      const rank = ranks[contestant] as number
      const at = contestant * count + rank
      this.#counts.ranks[at] = (this.#counts.ranks[at] as number) + 1
      if (rank > 0) continue
      const top = contestant * count + tied - 1
      this.#counts.top[top] = (this.#counts.top[top] as number) + 1
    }
  }
}
