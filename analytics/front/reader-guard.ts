import { EngineException } from './engine-exception.ts'
import type { SqlToken } from './sql-tokens.ts'
import { keyword, type Statement } from './statement.ts'

/** What a query may cost. Readers cannot raise these; 0 would mean no limit and is refused too. */
export interface ReaderLimits {
  /** Seconds. */
  readonly max_execution_time: number
  /** Bytes. */
  readonly max_memory_usage: number
  readonly max_result_rows: number
  /** Bytes of a result that has to be made whole before it can be sent. */
  readonly max_result_bytes: number
}

/** Statements that only look. */
export const READ_VERBS: ReadonlySet<string> = new Set(
  'SELECT WITH SHOW DESCRIBE DESC EXPLAIN EXISTS USE SET'.split(' '),
)

/** Table functions that reach neither files nor the network nor other SQL. */
const HARMLESS_TABLE_FUNCTIONS: ReadonlySet<string> = new Set(
  (
    'sqlstandardvalues format fuzzjson generaterandom generateseries generate_series loop merge ' +
    'mergetreeanalyzeindexes mergetreeanalyzeindexesuuid mergetreeindex mergetreeprojection ' +
    'mergetreetextindex null numbers numbers_mt primes values view viewifpermitted zeros zeros_mt'
  ).split(' '),
)

/** The plain function `file` reads any file of this machine; the name is refused wherever it calls. */
const FORBIDDEN_NAME = 'file'

/** Settings that change how results look or how a query is planned, and nothing beyond the query. */
const FREE_SETTINGS =
  /^(?:date_time_(?:in|out)put_format|extremes|final|limit|offset|log_comment|session_timezone|(?:output_format|format_csv|format_tsv|optimize|join|group_by|query_plan|prefer_localhost|(?:read|group_by|sort|distinct|timeout|result)_overflow)_\w+|max_threads|max_block_size|(?:max|min)_(?:rows|bytes)_\w+|http_\w+|send_progress_in_http_headers|enable_http_compression|cancel_http_readonly_queries_on_client_close)$/

/** Files, even under a free prefix. */
const BOUND_SETTINGS = /schema|_path|_file|external|temporary/

/**
 * Refuses what an analyst may not run. The engine's `readonly=1` is the fence; this closes the gates
 * that the embedded engine leaves in it: the function `file()`, `DESCRIBE url(…)`, `BACKUP`, `KILL`.
 *
 * @param tableFunctions every table function of the engine, in small letters.
 * @throws EngineException READONLY or ACCESS_DENIED.
 */
export function guardReader(
  { verb, tokens }: Statement,
  parameters: ReadonlyMap<string, string>,
  tableFunctions: ReadonlySet<string>,
): void {
  if (!READ_VERBS.has(verb)) {
    throw EngineException.raise('READONLY', `${verb}: Cannot execute query in readonly mode.`)
  }
  tokens.forEach((token, index) => {
    const [previous, next] = [tokens[index - 1], tokens[index + 1]]
    guardToken(token, previous, next)
    if (next?.text !== '(' || token.kind === 'string') return
    const name = token.text.toLowerCase()
    if (tableFunctions.has(name) && !HARMLESS_TABLE_FUNCTIONS.has(name)) throw denied(name)
  })
  const identifiers = tokens.some(
    ({ text }, at) => text === ':' && isIdentifierType(tokens[at + 1]),
  )
  if (identifiers && [...parameters.values()].some((value) => value.trim() === FORBIDDEN_NAME)) {
    throw denied(FORBIDDEN_NAME)
  }
}

function guardToken(token: SqlToken, previous?: SqlToken, next?: SqlToken): void {
  if (token.kind === 'broken') {
    const message = `Unrecognized token at position ${token.start + 1}.`
    throw EngineException.raise('SYNTAX_ERROR', message)
  }
  if (token.kind === 'quoted' && token.text.includes('\\')) {
    const message = 'Escapes in quoted names are not open to read-only users; write the name out.'
    throw EngineException.raise('ACCESS_DENIED', message)
  }
  const named = token.kind === 'word' || token.kind === 'quoted'
  if (!named || token.text.toLowerCase() !== FORBIDDEN_NAME) return
  const qualified = previous?.text === '.' && next?.text !== '('
  if (!qualified) throw denied(FORBIDDEN_NAME)
}

function isIdentifierType(token: SqlToken | undefined): boolean {
  return keyword(token) === 'IDENTIFIER'
}

function denied(name: string): EngineException {
  const hint = name === FORBIDDEN_NAME ? ' A column of that name has to be qualified: t.file.' : ''
  const message = `Read-only users have no access to ${name}().${hint}`
  return EngineException.raise('ACCESS_DENIED', message)
}

/**
 * The settings of a reader's query: the limits, lowered where the client asks for less, and the
 * client's own wishes as far as they are harmless. `readonly` comes last and locks them all.
 *
 * @throws EngineException READONLY for other settings, SETTING_CONSTRAINT_VIOLATION over a limit.
 */
export function readerSettings(
  wishes: ReadonlyMap<string, string>,
  limits: ReaderLimits,
): Map<string, string> {
  const bounds = new Map<string, number>(Object.entries(limits))
  const settings = new Map([...bounds].map(([name, value]) => [name, String(value)]))
  for (const [name, wish] of wishes) {
    const bound = bounds.get(name)
    if (bound !== undefined) {
      if (!(Number(wish) > 0 && Number(wish) <= bound)) {
        const message = `Setting ${name} shouldn't be greater than ${bound}.`
        throw EngineException.raise('SETTING_CONSTRAINT_VIOLATION', message)
      }
      settings.set(name, wish)
    } else if (name === 'readonly' ? !['1', '2'].includes(wish) : !isFree(name)) {
      const message = `Cannot modify '${name}' setting in readonly mode.`
      throw EngineException.raise('READONLY', message)
    } else {
      settings.set(name, wish)
    }
  }
  settings.delete('readonly')
  return settings.set('readonly', '1')
}

function isFree(name: string): boolean {
  return FREE_SETTINGS.test(name) && !BOUND_SETTINGS.test(name)
}
