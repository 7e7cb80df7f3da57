/** A changed text, or why it cannot be changed, in words for the model. */
export type Edited =
  | { readonly text: string; readonly firstLine: number; readonly lines: number }
  | { readonly problem: string }

const VIEW_LINES = 2_000
const VIEW_CHARS = 30_000
const LINE_CHARS = 2_000

/** Replaces a text that stands exactly once. */
export function replaceText(text: string, old: string, replacement: string): Edited {
  if (old === '') return { problem: 'old_text is empty: say what is to be replaced.' }
  if (old === replacement) return { problem: 'old_text and new_text are the same.' }
  const at = text.indexOf(old)
  if (at === -1) return { problem: `old_text does not stand in the file.${hint(text, old)}` }
  const lines = lineNumbers(text, old)
  if (lines.length > 1) {
    const where = lines.slice(0, 10).join(', ')
    return {
      problem: `old_text stands ${lines.length} times, in lines ${where}. Add lines around it until it is unique.`,
    }
  }
  const changed = text.slice(0, at) + replacement + text.slice(at + old.length)
  return { text: changed, firstLine: lines[0] ?? 1, lines: countLines(replacement) }
}

/** @param line after which it goes; 0 is the beginning. */
export function insertText(text: string, line: number, inserted: string): Edited {
  const lines = linesOf(text)
  if (line > lines.length) {
    return { problem: `The file has ${lines.length} lines; insert_line is ${line}.` }
  }
  const before = lines.slice(0, line).map((one) => (one.endsWith('\n') ? one : `${one}\n`))
  const after = lines.slice(line)
  const own = after.length === 0 || inserted.endsWith('\n') ? inserted : `${inserted}\n`
  const changed = [...before, own, ...after].join('')
  return { text: changed, firstLine: line + 1, lines: countLines(inserted) }
}

export interface ViewRange {
  /** From 1. */
  readonly first: number
  /** Inclusive; -1 is the end. */
  readonly last: number
}

/** Lines with their numbers, as many as a model should see at once. */
export function viewText(
  text: string,
  { first, last }: ViewRange = { first: 1, last: -1 },
): string {
  const lines = linesOf(text)
  if (lines.length === 0) return '(the file is empty)'
  if (first > lines.length) return `(the file has only ${lines.length} lines)`
  const wanted = lines.slice(first - 1, last === -1 ? undefined : last)
  const shown: string[] = []
  let chars = 0
  for (const [index, line] of wanted.entries()) {
    const bare = line.replace(/\n$/, '')
    const cut = bare.length > LINE_CHARS ? `${bare.slice(0, LINE_CHARS)} [line cut]` : bare
    chars += cut.length + 8
    if (shown.length === VIEW_LINES || chars > VIEW_CHARS) break
    shown.push(`${String(first + index).padStart(6)}\t${cut}`)
  }
  const left = wanted.length - shown.length
  if (left > 0) shown.push(`[${left} lines more: view them with first_line and last_line]`)
  return shown.join('\n')
}

/** Some lines around a change, to check it by. */
export function viewChange(text: string, firstLine: number, lines: number): string {
  return viewText(text, { first: Math.max(1, firstLine - 3), last: firstLine + lines + 2 })
}

/** Each with its line feed; the last may lack one. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

const countLines = (text: string) => Math.max(1, linesOf(text).length)

/** Also where occurrences overlap. */
function lineNumbers(text: string, part: string): number[] {
  const numbers: number[] = []
  let line = 1
  let counted = 0
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) {
    for (; counted < at; counted += 1) if (text[counted] === '\n') line += 1
    numbers.push(line)
  }
  return numbers
}

/** The usual reasons why a text is not found: white space, or line numbers copied along. */
function hint(text: string, old: string): string {
  const squeeze = (value: string) => value.replace(/\s+/g, ' ').trim()
  if (squeeze(old) !== '' && squeeze(text).includes(squeeze(old))) {
    return ' It does with other white space: copy it exactly, with tabs and line ends.'
  }
  if (/^\s*\d+\t/m.test(old)) return ' Leave out the line numbers of the view.'
  return ' View the file again.'
}
