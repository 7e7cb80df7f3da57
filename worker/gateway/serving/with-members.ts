import { isUtf8 } from 'node:buffer'
import type { JsonObject } from '../dialects/dialect.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const SPACE = 0x20

/**
 * A JSON object with these members in place of its own of the same names, or behind them; the rest
 * stays as it came, to the byte, and is not copied. Where names stand in the object twice, or are
 * written with escapes, all of it is written anew: whoever reads it must not take another member for
 * the one that was replaced.
 *
 * @param json an object that `JSON.parse` has read.
 */
export function withMembers(json: Buffer, members: JsonObject): readonly Uint8Array[] {
  const spans = isUtf8(json) ? spansOf(json) : null
  if (spans === null) return [writtenAnew(json, members)]
  const pieces: Uint8Array[] = []
  let from = 0
  const replaced = spans.members.filter(({ name }) => Object.hasOwn(members, name))
  for (const { name, start, end } of replaced) {
    pieces.push(json.subarray(from, start), Buffer.from(JSON.stringify(members[name])))
    from = end
  }
  const names = new Set(replaced.map(({ name }) => name))
  const added = Object.entries(members).filter(([name]) => !names.has(name))
  if (added.length > 0) {
    pieces.push(json.subarray(from, spans.end))
    from = spans.end
    const text = added.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
    pieces.push(Buffer.from(`${spans.members.length === 0 ? '' : ','}${text.join(',')}`))
  }
  pieces.push(json.subarray(from))
  return pieces
}

function writtenAnew(json: Buffer, members: JsonObject): Buffer {
  const text = json.toString('utf8')
  const body: JsonObject = JSON.parse(text === '' ? '{}' : text)
  return Buffer.from(JSON.stringify({ ...body, ...members }))
}

interface Span {
  readonly name: string
  /** Of the value: its first byte, and the one after its last. */
  readonly start: number
  readonly end: number
}

/** The outermost members; null where their names are not plain, or not each there once. */
function spansOf(json: Buffer): { readonly members: readonly Span[]; readonly end: number } | null {
  const members: Span[] = []
  const names = new Set<string>()
  let at = afterSpace(json, 0)
  if (json[at] !== OPEN_OBJECT) return null
  at = afterSpace(json, at + 1)
  while (json[at] === QUOTE) {
    const nameEnd = endOfString(json, at)
    const name = json.toString('utf8', at + 1, nameEnd - 1)
    if (name.includes('\\') || names.has(name)) return null
    names.add(name)
    at = afterSpace(json, nameEnd)
    if (json[at] !== COLON) return null
    const start = afterSpace(json, at + 1)
    const end = endOfValue(json, start)
    members.push({ name, start, end })
    at = afterSpace(json, end)
    if (json[at] === COMMA) at = afterSpace(json, at + 1)
  }
  return json[at] === CLOSE_OBJECT ? { members, end: at } : null
}

function afterSpace(json: Buffer, from: number): number {
  let at = from
  while (at < json.length && (json[at] ?? 0) <= SPACE) at += 1
  return at
}

/** Index behind the closing quote. */
function endOfString(json: Buffer, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
  return at + 1
}

function endOfValue(json: Buffer, start: number): number {
  let depth = 0
  let at = start
  while (at < json.length) {
    const byte = json[at]
    if (byte === QUOTE) {
      at = endOfString(json, at)
      if (depth === 0) return at
      continue
    }
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1
    if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      // Of the object that a number or a word stands in.
      if (depth === 0) return at
      depth -= 1
      if (depth === 0) return at + 1
    }
    if (depth === 0 && (byte === COMMA || (byte ?? 0) <= SPACE)) return at
    at += 1
  }
  return at
}
