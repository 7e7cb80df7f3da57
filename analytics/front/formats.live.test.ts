import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveFront } from '../../test/support/live-front.ts'

let live: LiveFront

beforeAll(async () => {
  live = await LiveFront.start()
})
afterAll(async () => {
  await live?.[Symbol.asyncDispose]()
})

describe('rows', () => {
  test.each([
    ['TSV', 'a\n\nDROP TABLE live.r\n'],
    ['CSV', '"a\n\nb"\n;DROP TABLE live.r\n'],
    ['JSONEachRow', '{"s":"a"}\n\n{"s":"b"}\n'],
    ['LineAsString', '\n\na\n;\n\nDROP TABLE live.r'],
    ['Values', "('a\n\nb'), (concat('x', 'y'))"],
  ])('in %s are never taken for SQL, however many blank lines they have', async (format, rows) => {
    await live.client.command({
      query: 'CREATE OR REPLACE TABLE live.r (s String) ENGINE = Memory',
    })
    const counted = async () => Number((await live.ask('SELECT count() FROM live.r'))[0]?.[0])
    expect((await live.post(`query=INSERT+INTO+live.r+FORMAT+${format}`, rows)).status).toBe(200)
    const once = await counted()
    expect(once).toBeGreaterThanOrEqual(2)
    expect((await live.post('', `INSERT INTO live.r (s) FORMAT ${format}\n${rows}`)).status).toBe(
      200,
    )
    expect(await counted()).toBe(2 * once)
  })

  test('of settings and columns go where they belong', async () => {
    await live.client.command({
      query:
        "INSERT INTO live.t (s, n) SETTINGS async_insert = 0 VALUES ('é;', 900001), ('b', 900002);",
    })
    expect(await live.ask('SELECT s FROM live.t WHERE n = 900001')).toEqual([['é;']])
    const error = await (
      await live.post('', 'INSERT INTO live.t FORMAT JSONEachRow\n{"n":"x"}')
    ).text()
    expect(error).toContain('Code: ')
    expect(error).not.toContain('front-rows')
    expect(readdirSync(join(live.folder, 'front-rows'))).toEqual([])
  })
})

describe('formats', () => {
  test('of bytes go in and out as they are', async () => {
    await live.client.command({
      query: 'CREATE OR REPLACE TABLE live.b (n UInt16, s String) ENGINE = Memory',
    })
    const row = Buffer.from([0x0a, 0x00, 0x03, 0x00, 0xff, 0x0a])
    const query = 'query=INSERT+INTO+live.b+FORMAT+RowBinary'
    const inserted = await live.post(query, Buffer.concat([row, row]))
    expect(JSON.parse(inserted.headers.get('X-ClickHouse-Summary') ?? '')).toMatchObject({
      written_rows: '2',
    })
    const native = await (await live.post('', 'SELECT * FROM live.b FORMAT Native')).arrayBuffer()
    await live.post('query=INSERT+INTO+live.b+FORMAT+Native', native)
    const rows = await (await live.post('', 'SELECT * FROM live.b FORMAT RowBinary')).arrayBuffer()
    expect(Buffer.from(rows)).toEqual(Buffer.concat([row, row, row, row]))
    const parquet = await (await live.post('', 'SELECT * FROM live.b FORMAT Parquet')).arrayBuffer()
    expect(Buffer.from(parquet).subarray(0, 4).toString()).toBe('PAR1')
    await live.post('query=INSERT+INTO+live.b+FORMAT+Parquet', parquet)
    expect(await live.ask('SELECT toUInt8(count()) FROM live.b')).toEqual([[8]])
  })

  test('with a head have it once, however many portions the engine makes', async () => {
    const rows = 200_000
    const text = async (format: string) =>
      await (
        await live.post('', `SELECT number AS n FROM numbers(${rows}) FORMAT ${format}`)
      ).text()
    expect((await text('CSVWithNames')).split('\n').filter((line) => line === '"n"')).toHaveLength(
      1,
    )
    expect((await text('TSVWithNamesAndTypes')).split('\n')).toHaveLength(rows + 3)
    expect(Buffer.byteLength(await text('RowBinaryWithNames'), 'latin1')).toBeGreaterThan(rows)
    expect(JSON.parse(await text('JSON')).rows).toBe(rows)
  })

  test('that must be made whole have a limit, and say so', async () => {
    const response = await live.post('', 'SELECT number FROM numbers(5000000) FORMAT JSON')
    expect(response.headers.get('X-ClickHouse-Exception-Code')).toBe('396')
    expect(await response.text()).toContain('TOO_MANY_ROWS_OR_BYTES')
  })

  test('and headers are those of a server', async () => {
    const { headers } = await live.post(
      'query_id=me&default_format=JSON&wait_end_of_query=1',
      'SELECT 1',
    )
    expect(headers.get('X-ClickHouse-Query-Id')).toBe('me')
    expect(headers.get('X-ClickHouse-Format')).toBe('JSON')
    expect(headers.get('Content-Type')).toBe('application/json; charset=UTF-8')
    expect(headers.get('X-ClickHouse-Timezone')).toBeTruthy()
    expect(headers.get('X-ClickHouse-Exception-Tag')).toMatch(/^[a-z]{16}$/)
    const summary = JSON.parse(headers.get('X-ClickHouse-Summary') ?? '')
    expect(summary).toMatchObject({ read_rows: '1', written_rows: '0' })
  })

  test('progress comes in headers while the query runs', async () => {
    const sql = 'SELECT sum(sipHash64(number)) FROM numbers(80000000)'
    const response = await live.post('send_progress_in_http_headers=1', sql)
    expect(response.headers.get('X-ClickHouse-Progress')).toContain('"read_rows"')
    expect(Number(await response.text())).toBeGreaterThan(0)
  })

  test('that the front does not have are refused by name', async () => {
    expect((await live.post('compress=1', 'SELECT 1')).status).toBe(501)
    expect((await live.post('', 'x', { 'Content-Encoding': 'lz4' })).status).toBe(501)
    const input = "INSERT INTO live.t SELECT n, s FROM input('n UInt64, s String') FORMAT CSV\n1,a"
    expect((await live.post('', input)).status).toBe(501)
    expect(await (await live.post('', 'SELECT 1; SELECT 2')).text()).toContain('Multi-statements')
    const outfile = await live.post('', "SELECT 1 INTO OUTFILE '/tmp/front-live-outfile'")
    expect(outfile.headers.get('X-ClickHouse-Exception-Code')).toBe('358')
  })
})
