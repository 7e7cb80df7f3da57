import { describe, expect, test } from 'vitest'
import { guardReader, readerSettings } from './reader-guard.ts'
import { readStatement } from './statement.ts'

const tableFunctions = new Set(['file', 'url', 's3', 'eval', 'numbers', 'merge', 'values'])
const limits = {
  max_execution_time: 60,
  max_memory_usage: 1_000,
  max_result_rows: 100,
  max_result_bytes: 5_000,
}
const guard = (sql: string, parameters = new Map<string, string>()) =>
  guardReader(readStatement(sql), parameters, tableFunctions)

describe('a reader', () => {
  test.each([
    'SELECT * FROM numbers(3)',
    "SELECT 'file(''/etc/passwd'')' AS text",
    'SELECT t.file FROM t -- file(',
    'WITH x AS (SELECT 1) SELECT * FROM x',
    'DESCRIBE TABLE sbench.results',
    'DESCRIBE (SELECT 1)',
    'SHOW TABLES',
    'EXPLAIN SELECT 1',
    "SELECT url, format('{}', url) FROM t",
  ])('may run %s', (sql) => {
    expect(() => guard(sql)).not.toThrow()
  })

  test.each([
    ["SELECT file('/etc/passwd')", 'ACCESS_DENIED'],
    ["SELECT `file` ('/etc/passwd')", 'ACCESS_DENIED'],
    ['SELECT "fi\\x6ce"(\'/etc/passwd\')', 'ACCESS_DENIED'],
    ["SELECT file /* */ ('/etc/passwd')", 'ACCESS_DENIED'],
    ["SELECT arrayMap(file, ['/etc/passwd'])", 'ACCESS_DENIED'],
    ["SELECT * APPLY file FROM (SELECT '/etc/passwd')", 'ACCESS_DENIED'],
    ["EXPLAIN SELECT file('/etc/passwd')", 'ACCESS_DENIED'],
    ["DESCRIBE url('http://127.0.0.1/')", 'ACCESS_DENIED'],
    ["SELECT * FROM eval('SELECT 1')", 'ACCESS_DENIED'],
    ['KILL QUERY WHERE 1', 'READONLY'],
    ["BACKUP DATABASE sbench TO File('x')", 'READONLY'],
    ['INSERT INTO t VALUES (1)', 'READONLY'],
    ['SELECT 1 é', 'SYNTAX_ERROR'],
  ])('may not run %s', (sql, type) => {
    expect(() => guard(sql)).toThrow(expect.objectContaining({ type }))
  })

  test('cannot bring the forbidden name in as a parameter', () => {
    const sql = "SELECT arrayMap({f:Identifier}, ['/etc/passwd'])"
    const denied = expect.objectContaining({ type: 'ACCESS_DENIED' })
    expect(() => guard(sql, new Map([['f', 'file']]))).toThrow(denied)
    expect(() => guard('SELECT {f:String}', new Map([['f', 'file']]))).not.toThrow()
  })
})

describe("a reader's settings", () => {
  test('are the limits, locked', () => {
    expect([...readerSettings(new Map(), limits)].at(-1)).toEqual(['readonly', '1'])
    expect(readerSettings(new Map(), limits).get('max_memory_usage')).toBe('1000')
  })

  test('can be lowered and never raised', () => {
    const lower = readerSettings(new Map([['max_memory_usage', '10']]), limits)
    expect(lower.get('max_memory_usage')).toBe('10')
    for (const wish of ['1001', '0', '-1', 'nan', '', '1e9']) {
      expect(() => readerSettings(new Map([['max_memory_usage', wish]]), limits)).toThrow(
        expect.objectContaining({ type: 'SETTING_CONSTRAINT_VIOLATION' }),
      )
    }
  })

  test.each([
    'dialect',
    'additional_table_filters',
    'output_format_schema',
    'format_schema',
    'allow_experimental_eval_table_function',
    'send_logs_source_regexp',
  ])('cannot be %s', (name) => {
    expect(() => readerSettings(new Map([[name, '1']]), limits)).toThrow(
      expect.objectContaining({ type: 'READONLY' }),
    )
  })

  test('let clients shape their output', () => {
    const wishes = new Map([['output_format_json_quote_64bit_integers', '1']])
    expect(readerSettings(wishes, limits).get('output_format_json_quote_64bit_integers')).toBe('1')
  })

  test('stay locked whatever a client asks', () => {
    expect(readerSettings(new Map([['readonly', '2']]), limits).get('readonly')).toBe('1')
    expect(() => readerSettings(new Map([['readonly', '0']]), limits)).toThrow()
  })
})
