import type { WritePace } from './write-pace.ts'

/**
 * Makes one write of what many callers want to write at the same time, one group after another, and
 * at the pace that is given: a lone call is written at once, many together cost few writes. A
 * group that fails, fails for all of its callers.
 *
 * @param pace how long there is between two writes.
 * @param write gets the group in the order of the calls.
 * @returns a function that resolves when the item's group is written.
 */
export function groupCommit<Item>(
  pace: Pick<WritePace, 'rest'>,
  write: (group: readonly Item[]) => Promise<void>,
): (item: Item) => Promise<void> {
  let group: Item[] = []
  let written: Promise<void> | null = null
  let last: Promise<void> = Promise.resolve()
  let lastAt = Number.NEGATIVE_INFINITY

  async function writeGroup(before: Promise<void>): Promise<void> {
    await pace.rest(lastAt)
    await before.catch(() => {})
    lastAt = performance.now()
    const items = group
    group = []
    written = null
    await write(items)
  }

  return (item) => {
    group.push(item)
    if (written === null) {
      written = writeGroup(last)
      last = written
    }
    return written
  }
}
