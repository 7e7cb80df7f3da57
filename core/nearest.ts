/**
 * The name that was probably meant: the one of the fewest single-character edits, if fewer than
 * half of the typed characters would have to change; otherwise none.
 *
 * @see Levenshtein, Binary codes capable of correcting deletions, insertions, and reversals (1966).
 */
export function nearestName(typed: string, names: Iterable<string>): string | undefined {
  let best: string | undefined
  let fewest = Math.max(1, typed.length / 2)
  for (const name of names) {
    const edits = editDistance(typed.toLowerCase(), name.toLowerCase())
    if (edits >= fewest) continue
    best = name
    fewest = edits
  }
  return best
}

function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1]
    for (const [column, other] of [...to].entries()) {
      const replace = (previous[column] ?? 0) + (letter === other ? 0 : 1)
      const insertOrRemove = Math.min(previous[column + 1] ?? 0, current[column] ?? 0) + 1
      current.push(Math.min(replace, insertOrRemove))
    }
    previous = current
  }
  return previous[to.length] ?? 0
}
