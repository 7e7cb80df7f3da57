/**
 * Records of comma-separated values while their text arrives: quotes doubled within quotes, line
 * ends within quotes kept, a byte order mark and blank lines left out.
 *
 * @returns each record with the number of the line it begins on, from 1.
 * @see RFC 4180
 */
export async function* csvRecords(
  pieces: AsyncIterable<string>,
): AsyncGenerator<{ readonly cells: string[]; readonly line: number }> {
  let cells: string[] = []
  let cell = ''
  let quoted = false
  let closing = false
  let line = 1
  let begun = 1
  let first = true
  const ended = (): string[] => {
    const done = [...cells, cell]
    cells = []
    cell = ''
    closing = false
    return done
  }
  for await (const piece of pieces) {
    const text = first && piece.startsWith('\ufeff') ? piece.slice(1) : piece
    first = false
    for (const letter of text) {
      if (letter === '\n') line += 1
      if (quoted && !closing) {
        if (letter === '"') closing = true
        else cell += letter
        continue
      }
      if (closing && letter === '"') {
        cell += letter
        closing = false
        continue
      }
      if (closing) quoted = false
      closing = false
      if (letter === '"' && cell === '') quoted = true
      else if (letter === ',') {
        cells.push(cell)
        cell = ''
      } else if (letter === '\n') {
        const record = ended()
        if (record.length > 1 || record[0] !== '') yield { cells: record, line: begun }
        begun = line
      } else if (letter !== '\r') cell += letter
    }
  }
  const last = ended()
  if (last.length > 1 || last[0] !== '') yield { cells: last, line: begun }
}
