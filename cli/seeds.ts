import { Failure } from '../core/failure.ts'

/** Seeds fit 32 bits without a sign, so that every program in a sandbox can read them. */
export const MAX_SEED = 2 ** 32 - 1
/** More seeds than this in one list are a slip of the keyboard. */
export const MAX_SEEDS = 100_000

/** 1 to `count`: what a plain number of seeds means. */
export function firstSeeds(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

/**
 * Seeds as they are typed: `3` is 1, 2 and 3; `1,2,5` and `7,` are lists; `4..9` in a list is a range.
 *
 * @returns ascending, each once.
 * @throws Failure `input.invalid` on anything else.
 */
export function parseSeeds(text: string): number[] {
  const typed = text.trim()
  if (/^\d+$/.test(typed)) {
    const count = Number(typed)
    if (count < 1 || count > MAX_SEEDS) throw badSeeds(text)
    return firstSeeds(count)
  }
  const items = typed.split(',').map((item) => item.trim())
  if (items.at(-1) === '' && items.length > 1) items.pop()
  const seeds = new Set(items.flatMap((item) => parseItem(item, text)))
  if (seeds.size > MAX_SEEDS) throw badSeeds(text)
  return [...seeds].sort((a, b) => a - b)
}

/**
 * The seeds that an extension adds to those that a sweep has.
 *
 * @param text `+2`: the next two above the highest; else as {@link parseSeeds} reads it.
 * @returns ascending; empty when the sweep has them all.
 */
export function addedSeeds(present: readonly number[], text: string): number[] {
  const more = /^\+(\d+)$/.exec(text.trim())
  if (more === null) return parseSeeds(text).filter((seed) => !present.includes(seed))
  const highest = present.reduce((high, seed) => Math.max(high, seed), 0)
  const count = Number(more[1])
  if (count < 1 || count > MAX_SEEDS || highest + count > MAX_SEED) throw badSeeds(text)
  return firstSeeds(count).map((step) => highest + step)
}

function parseItem(item: string, text: string): number[] {
  const range = /^(\d+)(?:\.\.(\d+))?$/.exec(item)
  if (range === null) throw badSeeds(text)
  const from = Number(range[1])
  const to = Number(range[2] ?? range[1])
  if (from > to || to > MAX_SEED || to - from >= MAX_SEEDS) throw badSeeds(text)
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

function badSeeds(text: string): Failure {
  return new Failure(
    'input.invalid',
    `"${text}" is no list of seeds. Write how many (3 is 1, 2, 3), or which (1,2,5 or 4..9), ` +
      `at most ${MAX_SEEDS} of them, each from 0 to ${MAX_SEED}.`,
    { facts: { seeds: text } },
  )
}
