import { fillWords, PURPOSE, type Seed } from './threefry.ts'

/** Up to this many differences that are not 0, all patterns of signs are counted. */
export const EXACT_UP_TO = 20
const DRAWS = 10_000
/** Draws whose signs are made together. */
const BATCH = 500
/** Sums this near are ties: rounding must not decide between them. */
const SLACK = 1e-12

export interface SignFlip {
  /** Two-sided. */
  readonly p: number
  /** All patterns of signs were counted, or so many were drawn. */
  readonly exact: boolean
  readonly draws: number
}

/**
 * Sign-flip test of a mean difference of 0: if two contestants are alike, each cluster's difference
 * is as likely with the other sign. A check on the t test that assumes no shape.
 *
 * Exact up to twenty differences by meeting in the middle: the sums of all patterns of either half,
 * sorted, are matched by two pointers, so that 2^20 patterns cost two sorts of 2^10. Beyond that,
 * (hits + 1) / (draws + 1) of drawn patterns.
 *
 * @param differences one a cluster: where it holds several tasks, their sum.
 * @param stream number of this test among those of one seed, so that its draws are its own.
 * @see Fisher (1935), The Design of Experiments, section 21; Phipson & Smyth (2010) for the + 1.
 */
export function signFlip(
  differences: Float64Array,
  { seed = 0, stream = 0, draws = DRAWS }: { seed?: Seed; stream?: number; draws?: number } = {},
): SignFlip {
  const moving = differences.filter((value) => value !== 0)
  const observed = Math.abs(moving.reduce((sum, value) => sum + value, 0))
  const bar = observed - SLACK
  if (moving.length <= EXACT_UP_TO) {
    const half = moving.length >> 1
    const beyond = countBeyond(signedSums(moving.subarray(0, half)), {
      others: signedSums(moving.subarray(half)),
      bar,
    })
    return { p: beyond / 2 ** moving.length, exact: true, draws: 2 ** moving.length }
  }
  let hits = 0
  const perDraw = Math.ceil(moving.length / 32)
  const words = new Uint32Array(perDraw * BATCH)
  for (let draw = 0; draw < draws; draw++) {
    const place = draw % BATCH
    if (place === 0) {
      const index = stream * 2 ** 32 + draw / BATCH
      fillWords(words, { seed, purpose: PURPOSE.signFlip, index })
    }
    if (Math.abs(flippedSum(moving, words, place * perDraw)) >= bar) hits += 1
  }
  return { p: (hits + 1) / (draws + 1), exact: false, draws }
}

/** Each bit of the words from `from` on is the sign of one value. */
function flippedSum(values: Float64Array, words: Uint32Array, from: number): number {
  let sum = 0
  for (let at = 0; at < values.length; at++) {
    const bit = ((words[from + (at >>> 5)] as number) >>> (at & 31)) & 1
    sum += (values[at] as number) * (2 * bit - 1)
  }
  return sum
}

/** The sums of all patterns of signs, in ascending order; of no values, the one sum 0. */
function signedSums(values: Float64Array): Float64Array {
  let sums = Float64Array.of(0)
  for (const value of values) {
    const next = new Float64Array(sums.length * 2)
    sums.forEach((sum, at) => {
      next[2 * at] = sum - value
      next[2 * at + 1] = sum + value
    })
    sums = next
  }
  return sums.sort()
}

/** How many pairs of sums are at least the bar in size, whichever their sign. */
function countBeyond(
  sums: Float64Array,
  { others, bar }: { readonly others: Float64Array; readonly bar: number },
): number {
  if (bar <= 0) return sums.length * others.length
  // Patterns come with their mirror, so those at least the bar above are half of those beyond.
  let above = 0
  let from = others.length
  for (const sum of sums) {
    while (from > 0 && sum + (others[from - 1] ?? 0) >= bar) from -= 1
    above += others.length - from
  }
  return 2 * above
}
