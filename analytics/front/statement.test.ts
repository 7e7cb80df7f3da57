import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EngineException } from './engine-exception.ts'
import { sqlTokens } from './sql-tokens.ts'
import { readStatement } from './statement.ts'

describe('the tokens of SQL', () => {
  test('cover every character that is not space or comment, in order', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        let at = 0
        for (const { start, end } of sqlTokens(Buffer.from(text).toString('latin1'))) {
          expect(start).toBeGreaterThanOrEqual(at)
          expect(end).toBeGreaterThan(start)
          at = end
        }
      }),
    )
  })

  test('take any text for one string when it is quoted', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const latin1 = Buffer.from(text).toString('latin1')
        const quoted = `'${latin1.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
        const tokens = [...sqlTokens(`SELECT ${quoted} x`)]
        expect(tokens.map(({ kind }) => kind)).toEqual(['word', 'string', 'word'])
      }),
    )
  })

  test.each([
    ['SELECT 1 -- file(', ['SELECT', '1']],
    ['SELECT /* a /* b */ file( */ 1', ['SELECT', '1']],
    ['SELECT $a$ file( $a$', ['SELECT', ' file( ']],
    ['SELECT # x\n 1', ['SELECT', '1']],
    ['SELECT `a``b`, "c\\"d"', ['SELECT', 'a``b', ',', 'c\\"d']],
    ['1.file(', ['1', '.', 'file', '(']],
  ])('of %s leave out comments and keep quotes together', (sql, texts) => {
    expect([...sqlTokens(sql)].map(({ text }) => text)).toEqual(texts)
  })
})

describe('a statement', () => {
  test.each([
    ['SELECT 1 FORMAT JSON', 'JSON'],
    ['SELECT 1 FORMAT JSON;', 'JSON'],
    ['SELECT 1 FORMAT JSON SETTINGS max_threads = 1', 'JSON'],
    ['SELECT 1 SETTINGS max_threads = 1 FORMAT CSV', 'CSV'],
    ['SELECT format FROM t', undefined],
    ['SELECT 1 AS format', undefined],
    ["SELECT 'FORMAT JSON'", undefined],
    ['SELECT * FROM (SELECT 1 FORMAT JSON) x', undefined],
  ])('%s names the format %s', (sql, format) => {
    expect(readStatement(sql).format).toBe(format)
  })

  test.each([
    ['INSERT INTO t FORMAT JSONEachRow\n{"a":1}', '{"a":1}'],
    ['INSERT INTO t (a, b) FORMAT CSV  \r\n1,2', '1,2'],
    ["INSERT INTO t VALUES ('; FORMAT')", " ('; FORMAT')"],
    ['INSERT INTO t SETTINGS async_insert = 1 FORMAT TSV\n1', '1'],
    ["INSERT INTO FUNCTION f(x, 'VALUES') VALUES (1)", ' (1)'],
    ['insert into t values(1)', '(1)'],
    ['INSERT INTO t FORMAT Values (1)', '(1)'],
  ])('%s has its data where the data starts', (sql, data) => {
    const statement = readStatement(sql)
    expect(statement.verb).toBe('INSERT')
    expect(sql.slice(statement.data?.start)).toBe(data)
  })

  test('that inserts what it selects has no data', () => {
    expect(readStatement('INSERT INTO t SELECT * FROM values').data).toBeUndefined()
  })

  test.each([
    ['(SELECT 1)', 'SELECT'],
    ['FROM t SELECT a', 'SELECT'],
    ['with x as (select 1) select *', 'WITH'],
    ['/* why */ kill query where 1', 'KILL'],
  ])('%s is a %s', (sql, verb) => {
    expect(readStatement(sql).verb).toBe(verb)
  })

  test.each([
    ['', 'SYNTAX_ERROR'],
    [' ; -- nothing', 'SYNTAX_ERROR'],
    ['SELECT 1; DROP TABLE t', 'SYNTAX_ERROR'],
    ["SELECT 1 INTO /**/ OUTFILE '/tmp/x'", 'INTO_OUTFILE_NOT_ALLOWED'],
    ['INSERT INTO t SELECT 1 FORMAT CSV\n\nDROP TABLE t', 'NOT_IMPLEMENTED'],
    ["INSERT INTO t FROM INFILE 'x' FORMAT CSV", 'NOT_IMPLEMENTED'],
    ["INSERT INTO t SELECT a FROM input('a Int8') FORMAT CSV", 'NOT_IMPLEMENTED'],
  ])('%j is refused with %s', (sql, type) => {
    const refusal = () => readStatement(sql)
    expect(refusal).toThrow(EngineException)
    expect(refusal).toThrow(expect.objectContaining({ type }))
  })

  test('may end with semicolons, and have them in its data', () => {
    expect(readStatement('SELECT 1;;').verb).toBe('SELECT')
    expect(readStatement('INSERT INTO t FORMAT CSV\n1;DROP TABLE t').verb).toBe('INSERT')
  })
})
