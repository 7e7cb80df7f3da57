import { Readable } from 'node:stream'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { negotiate } from './compression.ts'
import { authenticate } from './credentials.ts'
import { asEngineException, EngineException, exceptionBlock } from './engine-exception.ts'
import { Gate } from './gate.ts'
import { multipartFields } from './multipart.ts'
import { canStream, contentTypeOf, headLength } from './output-format.ts'
import { readInsert, readQuery } from './query-request.ts'
import { bodyParts, readBody } from './request-body.ts'
import { Sessions, sessionWish } from './sessions.ts'

const unpack = (bytes: Buffer[], encoding: string, max: number) =>
  readBody(bodyParts(Readable.from(bytes), encoding, max))

describe('credentials', () => {
  const users = [
    { name: 'default', role: 'writer', password: 'w' },
    { name: 'analyst', role: 'reader', password: '' },
  ] as const
  const basic = (pair: string) => ({
    authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
  })

  test('come by Basic, by headers or in the URL', () => {
    const none = new URLSearchParams()
    expect(authenticate(basic('default:w'), none, users).role).toBe('writer')
    const headers = { 'x-clickhouse-user': 'default', 'x-clickhouse-key': 'w' }
    expect(authenticate(headers, none, users).role).toBe('writer')
    expect(authenticate({}, new URLSearchParams('user=analyst'), users).role).toBe('reader')
  })

  test.each([
    [basic('default:wrong'), 'AUTHENTICATION_FAILED'],
    [basic('nobody:w'), 'AUTHENTICATION_FAILED'],
    [basic('analyst:anything'), 'AUTHENTICATION_FAILED'],
    [{ authorization: 'Bearer x' }, 'AUTHENTICATION_FAILED'],
    [{}, 'REQUIRED_PASSWORD'],
  ])('%j are refused', (headers, type) => {
    expect(() => authenticate(headers, new URLSearchParams(), users)).toThrow(
      expect.objectContaining({ type }),
    )
  })
})

describe('exceptions', () => {
  test('come out of the layers that the engine wraps them in', () => {
    const text =
      "Code: 164. DB::Exception: Code: 164. DB::Exception: Cannot modify 'a' (b). (READONLY) " +
      '(version 26.7.2.1). (READONLY)'
    const exception = asEngineException(new Error(text))
    expect(exception).toMatchObject({
      code: 164,
      type: 'READONLY',
      message: "Cannot modify 'a' (b).",
    })
    expect(exception.render('1.2')).toBe(
      "Code: 164. DB::Exception: Cannot modify 'a' (b). (READONLY) (version 1.2 (chDB))\n",
    )
  })

  test.each([
    ['UNKNOWN_TABLE', 404],
    ['SYNTAX_ERROR', 400],
    ['AUTHENTICATION_FAILED', 403],
    ['TIMEOUT_EXCEEDED', 408],
    ['TOO_MANY_SIMULTANEOUS_QUERIES', 503],
    ['MEMORY_LIMIT_EXCEEDED', 500],
  ])('of type %s have the status %d', (type, status) => {
    expect(new EngineException(1, type, '').httpStatus).toBe(status)
  })

  test('in a body say their own length in bytes', () => {
    const block = exceptionBlock('tag', 'é\n').toString()
    expect(block).toBe('\r\n__exception__\r\ntag\r\né\n3 tag\r\n__exception__\r\n')
  })
})

describe('compression', () => {
  test.each([
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['gzip;q=1, zstd;q=0.5', 'gzip'],
    ['zstd;q=0, br', 'br'],
    ['lz4, snappy', undefined],
    ['*', 'zstd'],
    [undefined, undefined],
  ])('of a response for %s is %s', (accepted, encoding) => {
    expect(negotiate(accepted, true)).toBe(encoding)
    expect(negotiate(accepted, false)).toBeUndefined()
  })

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('of a request by %s is undone', async (encoding, pack) => {
    const bytes = Buffer.from('a'.repeat(10_000))
    expect(await unpack([pack(bytes)], encoding, 10_000)).toEqual(bytes)
    await expect(unpack([pack(bytes)], encoding, 9_999)).rejects.toThrow(
      expect.objectContaining({ type: 'TOO_MANY_BYTES' }),
    )
  })

  test('that is broken or unknown is refused', async () => {
    await expect(unpack([Buffer.from('x')], 'gzip', 10)).rejects.toThrow(
      expect.objectContaining({ type: 'ZLIB_INFLATE_FAILED' }),
    )
    await expect(unpack([], 'lz4', 10)).rejects.toThrow(/lz4/)
  })
})

describe('a query', () => {
  const read = (url: string, body: string, headers = {}) =>
    readQuery({ method: 'POST', headers, url: new URLSearchParams(url) }, Buffer.from(body))

  test('in the URL names the table, and the body brings the rows', () => {
    const query = read('query=INSERT INTO t FORMAT CSV', '1\n')
    expect(query.statement.data?.format).toBe('CSV')
    expect(query.sql).toBe('INSERT INTO t ')
    expect(query.rows?.toString()).toBe('1\n')
    const url = new URLSearchParams('query=INSERT INTO t FORMAT CSV')
    expect(readInsert({ method: 'POST', headers: {}, url })?.sql).toBe('INSERT INTO t ')
  })

  test('may be begun in the URL and ended in the body', () => {
    expect(read('query=SELECT', '1').sql).toBe('SELECT\n1')
    expect(read('query=INSERT INTO t', 'VALUES (1)').rows?.toString()).toBe(' (1)')
  })

  test('keeps settings apart from what the front itself understands', () => {
    const query = read('max_threads=1&query_id=x&param_a=5&user=me&database=d', 'SELECT 1')
    expect([...query.settings]).toEqual([['max_threads', '1']])
    expect([...query.parameters]).toEqual([['a', '5']])
    expect(query.database).toBe('d')
  })

  test('keeps any bytes of its rows', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        const head = Buffer.from('INSERT INTO t FORMAT RowBinary\n')
        const body = Buffer.concat([head, bytes])
        const call = { method: 'POST', headers: {}, url: new URLSearchParams() } as const
        expect(readQuery(call, body).rows).toEqual(Buffer.from(bytes))
      }),
    )
  })

  test('can come as a form', () => {
    const body =
      '--b\r\nContent-Disposition: form-data; name="query"\r\n\r\nSELECT {a:String}\r\n' +
      '--b\r\nContent-Disposition: form-data; name="param_a"\r\n\r\né\r\n--b--\r\n'
    const query = read('', body, { 'content-type': 'multipart/form-data; boundary=b' })
    expect(query.sql).toBe('SELECT {a:String}')
    expect(query.parameters.get('a')).toBe('é')
  })

  test('in a form cannot bring files', () => {
    const body =
      '--b\r\nContent-Disposition: form-data; name="t"; filename="t.csv"\r\n\r\n1\r\n--b--'
    expect(() => multipartFields('multipart/form-data; boundary=b', Buffer.from(body))).toThrow(
      expect.objectContaining({ type: 'NOT_IMPLEMENTED' }),
    )
  })
})

describe('output formats', () => {
  test('have the content types of a server', () => {
    expect(contentTypeOf('JSON')).toBe('application/json; charset=UTF-8')
    expect(contentTypeOf('CSVWithNames')).toContain('header=present')
    expect(contentTypeOf('Parquet')).toBe('application/octet-stream')
    expect(contentTypeOf('Pretty')).toBe('text/plain; charset=UTF-8')
  })

  test('stream only when their portions can be joined', () => {
    expect(canStream('JSONEachRow', 'SELECT 1')).toBe(true)
    expect(canStream('JSON', 'SELECT 1')).toBe(false)
    expect(canStream('TSV', 'SELECT a FROM t GROUP BY a WITH TOTALS')).toBe(false)
  })

  test.each([
    ['CSVWithNames', '"a\nb","c""d"\n1,2\n', '1,2\n'],
    ['TSVWithNamesAndTypes', 'a\nInt8\n1\n', '1\n'],
    ['RowBinaryWithNamesAndTypes', '\x01\x01a\x04Int8\x07', '\x07'],
    ['JSONEachRow', '{}\n', '{}\n'],
  ])('%s repeats a head that can be cut off', (format, portion, rest) => {
    expect(portion.slice(headLength(format, Buffer.from(portion, 'latin1')))).toBe(rest)
  })
})

describe('the gate', () => {
  const open = (queue: number, waitMs = 60_000) =>
    new Gate({ name: 'writer', width: 1, queue, waitMs })
  const { signal } = new AbortController()

  test('lets the next one in when one leaves', async () => {
    const gate = open(1)
    const leave = await gate.enter(signal)
    const second = gate.enter(signal)
    leave()
    const leaveSecond = await second
    expect(gate.running).toBe(1)
    leaveSecond()
    expect(gate.running).toBe(0)
  })

  test('turns away whom the queue does not hold, and who waits too long', async () => {
    const full = expect.objectContaining({ code: 202 })
    const gate = open(1, 5)
    await gate.enter(signal)
    const waiting = gate.enter(signal)
    await expect(gate.enter(signal)).rejects.toEqual(full)
    await expect(waiting).rejects.toEqual(full)
  })

  test('forgets a client that goes away', async () => {
    const gate = open(1)
    const leave = await gate.enter(signal)
    const client = new AbortController()
    const waiting = gate.enter(client.signal)
    client.abort()
    await expect(waiting).rejects.toMatchObject({ type: 'ABORTED' })
    leave()
    expect(gate.running).toBe(0)
  })
})

describe('sessions', () => {
  const wish = { user: 'default', id: 's', timeoutMs: 60_000, check: false }

  test('belong to their user, serve one at a time, and end when asked to', () => {
    const dropped: string[] = []
    const sessions = new Sessions<string>(2, (held) => dropped.push(held))
    const visit = sessions.enter(wish)
    expect(() => sessions.enter(wish)).toThrow(expect.objectContaining({ code: 373 }))
    sessions.enter({ ...wish, user: 'analyst' }).leave(undefined, true)
    visit.leave('table', false)
    const again = sessions.enter({ ...wish, check: true })
    expect(again.held).toBe('table')
    again.leave('table', true)
    expect(dropped).toEqual(['table'])
    expect(() => sessions.enter({ ...wish, check: true })).toThrow(
      expect.objectContaining({ code: 372 }),
    )
  })

  test('have a timeout of an hour at most', () => {
    const url = new URLSearchParams('session_id=s&session_timeout=3601')
    expect(() => sessionWish(url, 'default')).toThrow(expect.objectContaining({ code: 374 }))
  })
})
