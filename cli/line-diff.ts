/** Above so many comparisons the two sides are shown whole, one after the other. */
const MOST_CELLS = 1_000_000

/** Lines with `-`, `+` or a space before them: how a text became another one. */
export function lineDiff(before: string, after: string): string[] {
  const [old, now] = [linesOf(before), linesOf(after)]
  const head = shared(old, now)
  const tail = Math.min(
    shared([...old].reverse(), [...now].reverse()),
    Math.min(old.length, now.length) - head,
  )
  return [
    ...old.slice(0, head).map((line) => ` ${line}`),
    ...middle(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    ...old.slice(old.length - tail).map((line) => ` ${line}`),
  ]
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))

function shared(left: readonly string[], right: readonly string[]): number {
  const length = Math.min(left.length, right.length)
  const different = left.slice(0, length).findIndex((line, index) => line !== right[index])
  return different < 0 ? length : different
}

/** By the longest common subsequence of the lines. */
function middle(old: readonly string[], now: readonly string[]): string[] {
  const removed = old.map((line) => `-${line}`)
  const added = now.map((line) => `+${line}`)
  if (old.length * now.length > MOST_CELLS) return [...removed, ...added]
  const width = now.length + 1
  const lengths = new Uint32Array((old.length + 1) * width)
  const at = (row: number, column: number) => lengths[row * width + column] ?? 0
  for (let row = old.length - 1; row >= 0; row--) {
    for (let column = now.length - 1; column >= 0; column--) {
      lengths[row * width + column] =
        old[row] === now[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1))
    }
  }
  const lines: string[] = []
  let [row, column] = [0, 0]
  while (row < old.length || column < now.length) {
    if (row < old.length && column < now.length && old[row] === now[column]) {
      lines.push(` ${old[row]}`)
      row += 1
      column += 1
    } else if (row < old.length && at(row + 1, column) >= at(row, column + 1)) {
      lines.push(removed[row++] ?? '')
    } else {
      lines.push(added[column++] ?? '')
    }
  }
  return lines
}
