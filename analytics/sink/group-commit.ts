export interface GroupCommitOptions {
  /** How long the first of a group waits for others. */
  readonly windowMs?: number
}

const WINDOW_MS = 400

/**
 * Makes one write of what many callers want to write at the same time, one group after another. A
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

  async function writeGroup(before: Promise<void>): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, windowMs))
    await before.catch(() => {})
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
