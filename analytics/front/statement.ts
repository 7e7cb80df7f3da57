import { EngineException } from './engine-exception.ts'
import { type SqlToken, sqlTokens } from './sql-tokens.ts'

/** How much of a query is looked at; a statement that is no INSERT may not be longer. */
export const MAX_STATEMENT_BYTES = 1024 * 1024

/** What the HTTP layer has to know about a query before it hands it to the engine. */
export interface Statement {
  /** First keyword in capitals, `SELECT` for `(SELECT …)` and `FROM t SELECT …`. */
  readonly verb: string
  /** Output format that the query itself names. */
  readonly format: string | undefined
  /** Of an INSERT that brings rows along. */
  readonly data: InsertData | undefined
  /** Every token before the data; latin1, as are their offsets. */
  readonly tokens: readonly SqlToken[]
}

export interface InsertData {
  /** Where the table and its columns end, and SETTINGS or FORMAT or VALUES begin. */
  readonly targetEnd: number
  /** Where FORMAT or VALUES begins. */
  readonly headEnd: number
  /** Where the rows begin. */
  readonly start: number
  readonly format: string
}

/**
 * Looks at a query the way a server's HTTP handler does before it runs it.
 *
 * @param sql the query as latin1 text, so that offsets are byte offsets.
 * @throws EngineException SYNTAX_ERROR for no query or several, INTO_OUTFILE_NOT_ALLOWED, and
 * NOT_IMPLEMENTED for what the embedded engine would silently do wrong.
 */
export function readStatement(sql: string): Statement {
  const tokens: SqlToken[] = []
  let data: Statement['data']
  let depth = 0
  let selects = false
  let settings: number | undefined
  for (const token of sqlTokens(sql)) {
    const previous = tokens.at(-1)
    tokens.push(token)
    if (token.kind === 'punctuation') depth += nesting(token.text)
    if (depth !== 0 || keyword(tokens[0]) !== 'INSERT') continue
    if (keyword(token) === 'SELECT' || keyword(token) === 'WITH') selects = true
    if (keyword(token) === 'SETTINGS') settings ??= token.start
    if (selects || tokens.length < 4) continue
    const named = keyword(previous) === 'FORMAT' && token.kind === 'word'
    if (!named && keyword(token) !== 'VALUES') continue
    const headEnd = named ? (previous?.start ?? 0) : token.start
    const start = named ? dataStart(sql, token.end) : token.end
    const format = named ? token.text : 'Values'
    data = { targetEnd: settings ?? headEnd, headEnd, start, format }
    break
  }
  refuse(tokens)
  if (data === undefined) refuseTail(tokens)
  return { verb: verbOf(tokens), format: formatOf(tokens), data, tokens }
}

/** The word in capitals when the token can be a keyword; names in quotes never are. */
export function keyword(token: SqlToken | undefined): string | undefined {
  return token?.kind === 'word' ? token.text.toUpperCase() : undefined
}

function nesting(text: string): number {
  if (text === '(' || text === '[' || text === '{') return 1
  return text === ')' || text === ']' || text === '}' ? -1 : 0
}

function dataStart(sql: string, from: number): number {
  const gap = /[ \t]*\r?\n?/y
  gap.lastIndex = from
  return from + (gap.exec(sql)?.[0].length ?? 0)
}

function verbOf(tokens: readonly SqlToken[]): string {
  const first = tokens.find(({ text }) => text !== '(')
  const verb = keyword(first) ?? ''
  return verb === 'FROM' ? 'SELECT' : verb
}

function refuse(tokens: readonly SqlToken[]): void {
  const words = tokens.filter(({ text }) => text !== ';')
  if (words.length === 0) throw EngineException.raise('SYNTAX_ERROR', 'Syntax error: Empty query.')
  const cut = tokens.findIndex(({ kind, text }) => kind === 'punctuation' && text === ';')
  if (cut !== -1 && tokens.slice(cut).some(({ text }) => text !== ';')) {
    const at = (tokens[cut]?.start ?? 0) + 1
    const message = `Syntax error (Multi-statements are not allowed): failed at position ${at}.`
    throw EngineException.raise('SYNTAX_ERROR', message)
  }
  const inserts = verbOf(tokens) === 'INSERT'
  tokens.forEach((token, index) => {
    const following = tokens[index + 1]
    if (keyword(token) === 'INTO' && keyword(following) === 'OUTFILE') {
      throw EngineException.raise('INTO_OUTFILE_NOT_ALLOWED', 'INTO OUTFILE is not allowed.')
    }
    if (!inserts) return
    if (keyword(token) === 'FROM' && keyword(following) === 'INFILE') {
      throw EngineException.raise('NOT_IMPLEMENTED', 'FROM INFILE is for the native client only.')
    }
    if (keyword(token) === 'INPUT' && following?.text === '(') {
      const message =
        'The embedded engine drops the data of input(); insert into the table with FORMAT instead.'
      throw EngineException.raise('NOT_IMPLEMENTED', message)
    }
  })
}

/** What follows `INSERT … SELECT … FORMAT x` would be data, which a SELECT has no use for. */
function refuseTail(tokens: readonly SqlToken[]): void {
  if (verbOf(tokens) !== 'INSERT') return
  const at = tokens.findLastIndex((token) => keyword(token) === 'FORMAT')
  const tail = at === -1 ? [] : tokens.slice(at + 2).filter(({ text }) => text !== ';')
  if (tail.length === 0 || keyword(tail[0]) === 'SETTINGS') return
  throw EngineException.raise('NOT_IMPLEMENTED', 'INSERT … SELECT … FORMAT cannot bring data.')
}

function formatOf(tokens: readonly SqlToken[]): string | undefined {
  let depth = 0
  let format: string | undefined
  tokens.forEach((token, index) => {
    if (token.kind === 'punctuation') depth += nesting(token.text)
    if (depth !== 0 || keyword(token) !== 'FORMAT') return
    const [name, next] = [tokens[index + 1], tokens[index + 2]]
    const ends = next === undefined || next.text === ';' || keyword(next) === 'SETTINGS'
    if (name?.kind === 'word' && ends) format = name.text
  })
  return format
}
