/** ClickHouse's own numbers for the errors that the front raises itself. */
const RAISED = {
  BAD_ARGUMENTS: 36,
  NOT_IMPLEMENTED: 48,
  SYNTAX_ERROR: 62,
  READONLY: 164,
  REQUIRED_PASSWORD: 194,
  TOO_MANY_SIMULTANEOUS_QUERIES: 202,
  QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING: 216,
  ABORTED: 236,
  TOO_MANY_BYTES: 307,
  ZLIB_INFLATE_FAILED: 354,
  INTO_OUTFILE_NOT_ALLOWED: 358,
  SESSION_NOT_FOUND: 372,
  SESSION_IS_LOCKED: 373,
  INVALID_SESSION_TIMEOUT: 374,
  SETTING_CONSTRAINT_VIOLATION: 452,
  ACCESS_DENIED: 497,
  UNKNOWN_ROLE: 511,
  AUTHENTICATION_FAILED: 516,
  LOGICAL_ERROR: 49,
} as const

type RaisedType = keyof typeof RAISED

/**
 * An answer that a ClickHouse client understands: a number, a type in capitals, a text.
 *
 * It is not a {@link Failure}: it crosses the wire in ClickHouse's vocabulary, not in ours.
 */
export class EngineException extends Error {
  override readonly name = 'EngineException'
  readonly code: number
  readonly type: string

  constructor(code: number, type: string, message: string) {
    super(message)
    this.code = code
    this.type = type
  }

  /** One of the errors that a server's HTTP layer raises before the engine sees a query. */
  static raise(type: RaisedType, message: string): EngineException {
    return new EngineException(RAISED[type], type, message)
  }

  /**
   * Reads what the engine reports. The embedded engine wraps an error in itself, once per layer it
   * passes (`Code: 60. DB::Exception: Code: 60. DB::Exception: … (TYPE) (version …). (TYPE)`); the
   * innermost is what a server would have said.
   */
  static parse(text: string): EngineException {
    const head = /^(?:Code: \d+\. DB::Exception: )*Code: (\d+)\. DB::Exception: /.exec(text)
    if (head === null) return EngineException.raise('LOGICAL_ERROR', text)
    // The file is the front's own spool, which is no business of the client's.
    const rest = text.slice(head[0].length).replace(/: \(in file\/uri [^)]*\)/, '')
    const tail = /(?:\.? ?\(([A-Z][A-Z0-9_]+)\)(?: \(version [^)]*\))?\.?)+\s*$/.exec(rest)
    if (tail === null) return new EngineException(Number(head[1]), 'UNKNOWN_EXCEPTION', rest)
    return new EngineException(Number(head[1]), tail[1] ?? '', `${rest.slice(0, tail.index)}.`)
  }

  /** The body of an error response, as a server writes it. */
  render(version: string): string {
    const { code, message, type } = this
    return `Code: ${code}. DB::Exception: ${message} (${type}) (version ${version} (chDB))\n`
  }

  get httpStatus(): number {
    return HTTP_STATUS.get(this.type) ?? 500
  }
}

/**
 * HTTP status by error type; what is not listed is a 500.
 *
 * @see ClickHouse, src/Server/HTTP/exceptionCodeToHTTPStatus.cpp. Too many queries is a 503 here
 * rather than its 500, so that clients and proxies know that waiting helps; likewise a body over
 * the limit is a 413.
 */
const HTTP_STATUS: ReadonlyMap<string, number> = new Map(
  (
    [
      [401, 'REQUIRED_PASSWORD'],
      [403, 'UNKNOWN_USER WRONG_PASSWORD AUTHENTICATION_FAILED SET_NON_GRANTED_ROLE ACCESS_DENIED'],
      [
        400,
        'BAD_ARGUMENTS CANNOT_COMPILE_REGEXP CANNOT_PARSE_TEXT CANNOT_PARSE_ESCAPE_SEQUENCE ' +
          'CANNOT_PARSE_QUOTED_STRING CANNOT_PARSE_DATE CANNOT_PARSE_DATETIME CANNOT_PARSE_NUMBER ' +
          'CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING CANNOT_PARSE_IPV4 CANNOT_PARSE_IPV6 ' +
          'CANNOT_PARSE_UUID CANNOT_PARSE_INPUT_ASSERTION_FAILED DUPLICATE_COLUMN ILLEGAL_COLUMN ' +
          'THERE_IS_NO_COLUMN UNKNOWN_ELEMENT_IN_AST UNKNOWN_TYPE_OF_AST_NODE TOO_DEEP_AST ' +
          'TOO_BIG_AST UNEXPECTED_AST_STRUCTURE VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE SYNTAX_ERROR ' +
          'INCORRECT_DATA TYPE_MISMATCH ZLIB_INFLATE_FAILED',
      ],
      [
        404,
        'UNKNOWN_TABLE UNKNOWN_FUNCTION UNKNOWN_IDENTIFIER UNKNOWN_TYPE UNKNOWN_STORAGE ' +
          'UNKNOWN_DATABASE UNKNOWN_SETTING UNKNOWN_DIRECTION_OF_SORTING ' +
          'UNKNOWN_AGGREGATE_FUNCTION UNKNOWN_FORMAT UNKNOWN_DATABASE_ENGINE ' +
          'UNKNOWN_TYPE_OF_QUERY UNKNOWN_ROLE SESSION_NOT_FOUND',
      ],
      [408, 'TIMEOUT_EXCEEDED'],
      [413, 'QUERY_IS_TOO_LARGE TOO_MANY_BYTES'],
      [501, 'NOT_IMPLEMENTED'],
      [503, 'SOCKET_TIMEOUT CANNOT_OPEN_FILE TOO_MANY_SIMULTANEOUS_QUERIES ABORTED'],
    ] as const
  ).flatMap(([status, types]) => types.split(' ').map((type) => [type, status] as const)),
)

/** What {@link EngineException} makes of anything thrown while a query is served. */
export function asEngineException(error: unknown): EngineException {
  if (error instanceof EngineException) return error
  return EngineException.parse(error instanceof Error ? error.message : String(error))
}

/**
 * An exception in the middle of a body whose status went out as 200: clients look for the tag that
 * the head announced, so that a row which merely contains this text is not taken for an error.
 *
 * @see ClickHouse 25.11, `X-ClickHouse-Exception-Tag`.
 */
export function exceptionBlock(tag: string, rendered: string): Buffer {
  const bytes = Buffer.byteLength(rendered)
  const block = `\r\n__exception__\r\n${tag}\r\n${rendered}${bytes} ${tag}\r\n__exception__\r\n`
  return Buffer.from(block)
}
