export interface GroupCommitOptions {
  /** From the start of one write to the next, at least: what comes meanwhile makes one group. */
  readonly windowMs?: number
}

const WINDOW_MS = 1_000

/**
 * Makes one write of what many callers want to write at the same time, one group after another, and
 * not more than one in a window: a lone call is written at once, many together cost few writes. A
 * group that fails, fails for all of its callers.
 *
 * @param write gets the group in the order of the calls.
 * @returns a function that resolves when the item's group is written.
 */
export function groupCommit<Item>(
  write: (group: readonly Item[]) => Promise<void>,
  { windowMs = WINDOW_MS }: GroupCommitOptions = {},
): (item: Item) => Promise<void> {
  let group: Item[] = []
  let written: Promise<void> | null = null
  let last: Promise<void> = Promise.resolve()
  let lastAt = Number.NEGATIVE_INFINITY

  async function writeGroup(before: Promise<void>): Promise<void> {
    const pauseMs = Math.max(0, lastAt + windowMs - performance.now())
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
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
