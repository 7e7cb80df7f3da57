/**
 * One token of ClickHouse SQL. `text` of a `name` in quotes is what stands between them.
 * Offsets count characters of the input; give it latin1 text and they count bytes.
 */
export interface SqlToken {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'punctuation' | 'broken'
  readonly text: string
  readonly start: number
  readonly end: number
}

const SPACE = /(?:\s|\xC2\xA0|\xEF\xBB\xBF)+/y
const LINE_COMMENT = /(?:--|#!|# )[^\n]*/y
const WORD = /[A-Za-z_][\w$]*/y
const NUMBER = /\d\w*(?:\.\d\w*)?/y
const HEREDOC = /\$\w*\$/y
// ‘text’ and “name”, which editors like to make of straight quotes, as the bytes of UTF-8.
const CURLY_STRING = /\xE2\x80\x98[\s\S]*?\xE2\x80\x99/y
const CURLY_NAME = /\xE2\x80\x9C[\s\S]*?\xE2\x80\x9D/y

/**
 * Cuts latin1-decoded SQL into tokens, lazily: data after an INSERT's FORMAT is never looked at by
 * a reader that stops there. Comments are left out. What the language does not have comes out as
 * `broken`, and the engine will refuse it with a better message than ours.
 *
 * @see ClickHouse, src/Parsers/Lexer.cpp.
 */
export function* sqlTokens(sql: string): Generator<SqlToken> {
  let at = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(sql)?.[0]
  }
  while (at < sql.length) {
    const skipped = match(SPACE) ?? match(LINE_COMMENT)
    if (skipped !== undefined) {
      at += skipped.length
      continue
    }
    if (sql.startsWith('/*', at)) {
      at = afterComment(sql, at)
      continue
    }
    const token = quotedToken(sql, at) ?? curlyToken(match, at) ?? plainToken(sql, match, at)
    yield token
    at = token.end
  }
}

type Match = (pattern: RegExp) => string | undefined

function plainToken(sql: string, match: Match, start: number): SqlToken {
  const word = match(WORD)
  if (word !== undefined) return { kind: 'word', text: word, start, end: start + word.length }
  const number = match(NUMBER)
  if (number !== undefined) {
    return { kind: 'number', text: number, start, end: start + number.length }
  }
  const tag = match(HEREDOC)
  if (tag !== undefined) {
    const close = sql.indexOf(tag, start + tag.length)
    if (close === -1) return broken(sql, start)
    const text = sql.slice(start + tag.length, close)
    return { kind: 'string', text, start, end: close + tag.length }
  }
  const text = sql.charAt(start)
  const kind = /[!-~]/.test(text) ? 'punctuation' : 'broken'
  return { kind, text, start, end: start + 1 }
}

function quotedToken(sql: string, start: number): SqlToken | undefined {
  const quote = sql.charAt(start)
  if (quote !== "'" && quote !== '"' && quote !== '`') return undefined
  let at = start + 1
  for (;;) {
    const char = sql.charAt(at)
    if (char === '') return broken(sql, start)
    if (char === '\\') {
      at += 2
    } else if (char !== quote) {
      at += 1
    } else if (sql.charAt(at + 1) === quote) {
      at += 2
    } else {
      const kind = quote === "'" ? 'string' : 'quoted'
      return { kind, text: sql.slice(start + 1, at), start, end: at + 1 }
    }
  }
}

function curlyToken(match: Match, start: number): SqlToken | undefined {
  const string = match(CURLY_STRING)
  const found = string ?? match(CURLY_NAME)
  if (found === undefined) return undefined
  const kind = string === undefined ? 'quoted' : 'string'
  return { kind, text: found.slice(3, -3), start, end: start + found.length }
}

/** Comments nest. One that never closes reaches to the end, where the engine complains. */
function afterComment(sql: string, start: number): number {
  const edge = /\/\*|\*\//g
  edge.lastIndex = start
  let depth = 0
  for (let found = edge.exec(sql); found !== null; found = edge.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return edge.lastIndex
  }
  return sql.length
}

function broken(sql: string, start: number): SqlToken {
  return { kind: 'broken', text: sql.slice(start), start, end: sql.length }
}
