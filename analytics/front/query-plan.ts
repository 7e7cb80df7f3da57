import type { User } from './credentials.ts'
import { EngineException } from './engine-exception.ts'
import { MARK_SETTING, quoted, setStatement } from './lane.ts'
import type { LaneWork } from './lane-protocol.ts'
import { canStream } from './output-format.ts'
import type { QueryRequest, RequestHead } from './query-request.ts'
import { guardReader, READ_VERBS, type ReaderLimits, readerSettings } from './reader-guard.ts'
import { keyword } from './statement.ts'

export interface PlanRules {
  readonly readerLimits: ReaderLimits
  /** Bytes that one of the writer's queries may use, unless it asks for another number. */
  readonly writerMemoryBytes: number
  /** Bytes of a result that has to be made whole; the writer may ask for another number. */
  readonly wholeResultBytes: number
  readonly tableFunctions: ReadonlySet<string>
}

/**
 * Rows of a block in streamed queries, a quarter of the engine's default: portions and the buffers
 * around them shrink with it, and aggregation has measured no slower.
 */
const STREAM_BLOCK_ROWS = '16384'

export interface PlanContext extends Pick<RequestHead, 'method'> {
  readonly user: User
  readonly inSession: boolean
  /** The file with the rows of an INSERT. */
  readonly rows: string | undefined
}

/** A query, ready for a lane. */
export interface QueryPlan {
  /** Settings that the client asked for, for sessions to undo. */
  readonly settings: ReadonlyMap<string, string>
  readonly work: Omit<LaneWork, 'setup'>
  /**
   * Statements for the lane's connection, which is marked as given; `fresh` when it has seen none.
   */
  setup(mark: string, fresh: boolean): string[]
}

/**
 * Decides how a query runs: which settings, streamed or whole, and whether at all.
 *
 * @throws EngineException when the user may not run it.
 */
export function planQuery(
  query: QueryRequest,
  { user, method, inSession, rows }: PlanContext,
  rules: PlanRules,
): QueryPlan {
  const { statement, parameters } = query
  if (user.role === 'reader') guardReader(statement, parameters, rules.tableFunctions)
  const looking = method !== 'POST'
  const writes = statement.tokens.some((token) => keyword(token) === 'INSERT')
  if (looking && (writes || !READ_VERBS.has(statement.verb))) {
    const message = `${statement.verb}: Cannot execute query in readonly mode; use POST.`
    throw EngineException.raise('READONLY', message)
  }
  const mode = modeOf(query)
  const settings = new Map(
    user.role === 'reader' ? readerSettings(query.settings, rules.readerLimits) : query.settings,
  )
  if (mode === 'whole' && READ_VERBS.has(statement.verb) && !settings.has('max_result_bytes')) {
    settings.set('max_result_bytes', String(rules.wholeResultBytes))
  }
  if (mode === 'stream' && !inSession && !settings.has('max_block_size')) {
    settings.set('max_block_size', STREAM_BLOCK_ROWS)
  }
  const defaults = new Map([['max_memory_usage', String(rules.writerMemoryBytes)]])
  // A session outlives the request, and `readonly` could not be taken back in it.
  if (looking && !inSession && !settings.has('readonly')) settings.set('readonly', '2')
  const setup = (mark: string, fresh: boolean) => {
    const all = new Map([...(fresh ? defaults : []), ...settings, [MARK_SETTING, mark]])
    const locked = all.get('readonly')
    all.delete('readonly')
    if (locked !== undefined) all.set('readonly', locked)
    for (const [name, value] of parameters) all.set(`param_${name}`, value)
    const use = query.database === undefined ? [] : [`USE ${quotedName(query.database)}`]
    return [...use, setStatement(all)]
  }
  return { settings, setup, work: { sql: insertion(query, rows), mode, format: query.format } }
}

function modeOf({ statement, sql, format, settings, waitForEnd }: QueryRequest): LaneWork['mode'] {
  if (statement.verb === 'INSERT') return 'insert'
  const selects = statement.verb === 'SELECT' || statement.verb === 'WITH'
  const context = `${sql} ${[...settings.keys()].join(' ')}`
  return selects && !waitForEnd && canStream(format, context) ? 'stream' : 'whole'
}

/**
 * An INSERT that takes its rows from a file. The engine would find them in the text of the query
 * too, but there a blank line ends them, and it runs what follows as SQL.
 */
function insertion({ statement, sql }: QueryRequest, rows: string | undefined): string {
  const { data } = statement
  if (data === undefined || rows === undefined) return sql
  const head = Buffer.from(sql)
  const [target, settings] = [head.subarray(0, data.targetEnd), head.subarray(data.targetEnd)]
  return `${target} FROM INFILE ${quoted(rows)} COMPRESSION 'none' ${settings} FORMAT ${data.format}`
}

function quotedName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}

/**
 * `KILL QUERY WHERE query_id = '…'` with the id that the client gave, which the embedded engine
 * does not know: the condition becomes the mark of the lane, and the kill does not wait.
 *
 * @param markOf the mark of the lane that runs a query of that id.
 */
export function rewriteKill(
  { statement, sql }: QueryRequest,
  markOf: (queryId: string) => string | undefined,
): string {
  if (statement.verb !== 'KILL') return sql
  const [source, pieces] = [Buffer.from(sql).toString('latin1'), [] as string[]]
  let at = 0
  statement.tokens.forEach((token, index) => {
    const [equals, value] = [statement.tokens[index + 1], statement.tokens[index + 2]]
    if (keyword(token) === 'SYNC') {
      pieces.push(source.slice(at, token.start), 'ASYNC')
      at = token.end
    }
    if (token.text !== 'query_id' || equals?.text !== '=' || value?.kind !== 'string') return
    const mark = markOf(Buffer.from(value.text, 'latin1').toString())
    if (mark === undefined) return
    pieces.push(source.slice(at, token.start), `Settings['${MARK_SETTING}'] = ${quoted(mark)}`)
    at = value.end
  })
  return Buffer.from([...pieces, source.slice(at)].join(''), 'latin1').toString()
}
