/** A string literal at least this long stands alone, so that what changes around it does not touch it. */
const LONG_STRING = 512

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/**
 * Cuts a JSON text where requests of one trajectory differ from each other: around the items of the
 * lists in its outermost object (messages, tools, contents), and around long strings anywhere. Put
 * together the pieces are the text, whatever it is, to the last space.
 *
 * A comma goes with the item after it, so that an item reads the same whether or not others follow.
 */
export function segmentsOf(text: string): string[] {
  const cuts = cutsOf(text)
  const segments: string[] = []
  let from = 0
  for (const cut of cuts) {
    if (cut > from) segments.push(text.slice(from, cut))
    from = cut
  }
  if (from < text.length) segments.push(text.slice(from))
  return segments
}

function cutsOf(text: string): number[] {
  const cuts: number[] = []
  let depth = 0
  let inOuterList = false
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = endOfString(text, at)
      if (end - at >= LONG_STRING) cuts.push(at, end)
      at = end - 1
    } else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      depth += 1
      if (depth === 2 && code === OPEN_LIST) {
        inOuterList = true
        cuts.push(at + 1)
      }
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) {
      if (depth === 2 && inOuterList) {
        inOuterList = false
        cuts.push(at)
      }
      depth -= 1
    } else if (code === COMMA && depth === 2 && inOuterList) {
      cuts.push(at)
    }
  }
  return cuts
}

/** Index behind the closing quote; the text's end when there is none. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1
    if (slashes % 2 === 0) return at + 1
  }
  return text.length
}
