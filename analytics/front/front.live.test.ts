import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { type ClickHouseClient, createClient } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FrontProcess } from '../../test/support/front-process.ts'

const MIB = 1024 * 1024
const scratch = mkdtempSync(join(tmpdir(), 'front-live-'))
const folder = join(scratch, 'data')
let front: FrontProcess
let client: ClickHouseClient
let analyst: ClickHouseClient

const connectAs = (username: string, password: string) =>
  createClient({ url: front.url, username, password, request_timeout: 30_000 })

async function ask(sql: string, as: ClickHouseClient = client): Promise<unknown[][]> {
  const result = await as.query({ query: sql, format: 'JSONCompactEachRow' })
  return await result.json<unknown[]>()
}

const post = (query: string, body?: string | Uint8Array<ArrayBuffer> | ArrayBuffer, headers = {}) =>
  fetch(`${front.url}/?${query}`, {
    method: 'POST',
    body: body ?? null,
    headers: { 'X-ClickHouse-Key': 'w', ...headers },
  })

async function until(what: () => Promise<boolean>, withinMs = 10_000): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await what())) {
    if (performance.now() > deadline) throw new Error('did not come true in time')
    await delay(20)
  }
}

const runs = async (text: string) =>
  (await ask(`SELECT query FROM system.processes`)).some(
    ([query]) => String(query).includes(text) && !String(query).includes('system.processes'),
  )

beforeAll(async () => {
  const environment = {
    SBENCH_CLICKHOUSE_PASSWORD: 'w',
    SBENCH_CLICKHOUSE_READER_PASSWORD: 'r',
    SBENCH_CLICKHOUSE_READER_QUERIES: '1',
    SBENCH_CLICKHOUSE_READER_ROWS: '1000',
    SBENCH_CLICKHOUSE_READER_SECONDS: '2',
    SBENCH_CLICKHOUSE_QUEUE: '1',
    SBENCH_CLICKHOUSE_MAX_BODY_BYTES: String(64 * MIB),
    SBENCH_CLICKHOUSE_MAX_RESULT_BYTES: String(16 * MIB),
  }
  front = await FrontProcess.start({ folder, environment })
  client = connectAs('default', 'w')
  analyst = connectAs('analyst', 'r')
  await client.command({ query: 'CREATE DATABASE live ENGINE = Atomic' })
  await client.command({
    query: 'CREATE TABLE live.t (n UInt64, s String) ENGINE = MergeTree ORDER BY n',
  })
})

afterAll(async () => {
  await client?.close()
  await analyst?.close()
  await front?.[Symbol.asyncDispose]()
  rmSync(scratch, { recursive: true, force: true })
})

describe('the official client', () => {
  test('finds a server that answers', async () => {
    expect((await client.ping()).success).toBe(true)
    expect((await client.ping({ select: true })).success).toBe(true)
  })

  test('inserts arrays and streams, and hears how many rows were written', async () => {
    await client.command({ query: 'TRUNCATE TABLE live.t' })
    const array = await client.insert({
      table: 'live.t',
      values: [
        { n: 1, s: "it's" },
        { n: 2, s: 'é\t\\' },
      ],
      format: 'JSONEachRow',
    })
    expect(array.summary?.written_rows).toBe('2')
    const rows = Array.from({ length: 5_000 }, (_, n) => ({ n: n + 3, s: 'x' }))
    await client.insert({ table: 'live.t', values: Readable.from(rows), format: 'JSONEachRow' })
    expect(Number((await ask('SELECT count() FROM live.t'))[0]?.[0])).toBe(5_002)
    expect(await ask('SELECT s FROM live.t WHERE n <= 2 ORDER BY n')).toEqual([["it's"], ['é\t\\']])
  })

  test('may insert nothing, though not into a table that is not there', async () => {
    const nothing = () => Readable.from([], { objectMode: true })
    await client.insert({ table: 'live.t', values: nothing(), format: 'JSONEachRow' })
    await expect(
      client.insert({ table: 'live.none', values: nothing(), format: 'JSONEachRow' }),
    ).rejects.toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' })
  })

  test('binds parameters of any shape, in the URL and as a form', async () => {
    const query_params = {
      s: `it's "q" \\ \t\n é😀`,
      a: ["a'b", 'c\\'],
      m: { k: 'v' },
      nothing: null,
      long: 'x'.repeat(20_000),
    }
    const query =
      'SELECT {s:String}, {a:Array(String)}, {m:Map(String, String)}, ' +
      '{nothing:Nullable(String)}, length({long:String})'
    for (const use_multipart_params of [false, true]) {
      const result = await client.query({
        query,
        query_params,
        format: 'JSONCompactEachRow',
        use_multipart_params,
      })
      const [row] = await result.json<unknown[]>()
      expect(row?.slice(0, 4)).toEqual([query_params.s, query_params.a, { k: 'v' }, null])
      expect(Number(row?.[4])).toBe(20_000)
    }
  })

  test('gets codes and types of errors', async () => {
    await expect(ask('SELECT nope')).rejects.toMatchObject({
      code: '47',
      type: 'UNKNOWN_IDENTIFIER',
    })
    await expect(ask('SELEC 1 2')).rejects.toMatchObject({ code: '62', type: 'SYNTAX_ERROR' })
    const wrong = connectAs('default', 'wrong')
    await expect(ask('SELECT 1', wrong)).rejects.toMatchObject({ code: '516' })
    await wrong.close()
  })

  test('compresses both ways with every codec it has', async () => {
    for (const codec of ['gzip', 'zstd', 'br'] as const) {
      const packed = createClient({
        url: front.url,
        password: 'w',
        compression: { response: { codec }, request: { codec } },
      })
      await packed.command({ query: 'CREATE OR REPLACE TABLE live.z (n UInt64) ENGINE = Memory' })
      const values = Array.from({ length: 1_000 }, (_, n) => ({ n }))
      await packed.insert({ table: 'live.z', values, format: 'JSONEachRow' })
      expect(await ask('SELECT toUInt32(sum(n)) FROM live.z', packed)).toEqual([[499_500]])
      await expect(ask('SELECT nope', packed)).rejects.toMatchObject({ code: '47' })
      await packed.close()
    }
  })

  test('reads a million rows at its own pace, while memory stays flat', async () => {
    const sql = "SELECT number, repeat('x', 300) AS s FROM numbers(1000000)"
    const result = await client.query({ query: sql, format: 'JSONEachRow' })
    let [rows, before, most] = [0, 0, 0]
    for await (const batch of result.stream()) {
      if (rows === 0) await delay(300)
      if (rows < 300_000) before = front.rssBytes
      rows += batch.length
      most = Math.max(most, front.rssBytes)
    }
    expect(rows).toBe(1_000_000)
    expect((most - before) / MIB).toBeLessThan(150)
  })

  test('sees an exception in the middle of a stream', async () => {
    const query = 'SELECT number, throwIf(number = 3000000) FROM numbers(4000000)'
    for (const response of [false, true]) {
      const other = createClient({ url: front.url, password: 'w', compression: { response } })
      const result = await other.query({ query, format: 'JSONEachRow' })
      let rows = 0
      const reading = async () => {
        for await (const batch of result.stream()) rows += batch.length
      }
      await expect(reading()).rejects.toMatchObject({ code: '395' })
      expect(rows).toBeGreaterThan(100_000)
      await other.close()
    }
  })
})

describe('requests', () => {
  test('share no settings', async () => {
    const result = await client.query({
      query: "SELECT toUInt32(getSetting('max_result_rows'))",
      format: 'JSONCompactEachRow',
      clickhouse_settings: { max_result_rows: '7', readonly: '1' },
    })
    expect(await result.json()).toEqual([[7]])
    expect(await ask("SELECT toUInt32(getSetting('max_result_rows'))")).toEqual([[0]])
    await client.command({ query: "INSERT INTO live.t VALUES (0, 'writes still work')" })
  })

  test('share no parameters, though they run at the same time', async () => {
    const all = Array.from({ length: 8 }, async (_, n) => {
      const query = 'SELECT {n:UInt32}, sleep(0.05)'
      const result = await client.query({
        query,
        query_params: { n },
        format: 'JSONCompactEachRow',
      })
      return (await result.json<number[]>())[0]?.[0]
    })
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  test('of one session share temporary tables and SET, but not settings in the URL', async () => {
    const session_id = 'mine'
    const of = async (query: string, clickhouse_settings = {}) =>
      (
        await client.query({ query, session_id, clickhouse_settings, format: 'JSONCompactEachRow' })
      ).json()
    await client.command({ query: 'CREATE TEMPORARY TABLE kept (n UInt8)', session_id })
    await client.insert({ table: 'kept', values: [{ n: 5 }], format: 'JSONEachRow', session_id })
    await client.command({ query: 'SET max_threads = 3', session_id })
    const threads = "SELECT n, toUInt8(getSetting('max_threads')) FROM kept"
    expect(await of(threads, { max_threads: 1 })).toEqual([[5, 1]])
    await expect(of('SELECT nope')).rejects.toMatchObject({ code: '47' })
    expect(await of(threads)).toEqual([[5, 3]])
    await expect(ask('SELECT * FROM kept')).rejects.toMatchObject({ code: '60' })
  })

  test('of one session never see what a failed one left behind', async () => {
    const url = 'session_id=broken'
    const big = 'SELECT number FROM numbers(3000000) FORMAT JSON'
    const failed = await post(`${url}&max_result_bytes=1000000`, big)
    expect(failed.headers.get('X-ClickHouse-Exception-Code')).toBe('396')
    expect(await (await post(url, 'SELECT 1 FORMAT TSV')).text()).toBe('1\n')
  })

  test('of one session run one at a time, and sessions end', async () => {
    const slow = post('session_id=busy', 'SELECT sleep(2.9)')
    await until(async () => await runs('sleep(2.9)'))
    expect(
      (await post('session_id=busy', 'SELECT 1')).headers.get('X-ClickHouse-Exception-Code'),
    ).toBe('373')
    await slow
    await post('session_id=busy&session_timeout=0', 'SELECT 1')
    await until(
      async () => (await post('session_id=busy&session_check=1', 'SELECT 1')).status === 404,
    )
  })

  test('that end early end their query', async () => {
    const controller = new AbortController()
    const query = 'SELECT sum(sipHash64(number)) AS abandoned FROM numbers(100000000000)'
    const abandoned = client.query({ query, abort_signal: controller.signal })
    await until(() => runs('abandoned'))
    controller.abort()
    await expect(abandoned).rejects.toThrow()
    await until(async () => !(await runs('abandoned')))
  })

  test('that stop reading end their query too', async () => {
    const query = 'SELECT number AS unread FROM numbers(100000000000)'
    const result = await client.query({ query, format: 'JSONEachRow' })
    await until(() => runs('unread'))
    result.close()
    await until(async () => !(await runs('unread')))
  })

  test('can kill another by the id that it was given', async () => {
    const query_id = 'kill me'
    const query = 'SELECT sum(sipHash64(number)) AS victim FROM numbers(100000000000)'
    const victim = expect(client.query({ query, query_id })).rejects.toMatchObject({ code: '394' })
    await until(() => runs('victim'))
    await client.command({ query: `KILL QUERY WHERE query_id = '${query_id}' SYNC` })
    await victim
  })

  test('do not wait for a scalar subquery of another', async () => {
    let ended = false
    const slow = post('', 'SELECT (SELECT sleep(2.8))').finally(() => {
      ended = true
    })
    await until(async () => await runs('sleep(2.8)'))
    expect(await ask('SELECT toUInt8(1)')).toEqual([[1]])
    expect(ended).toBe(false)
    await slow
  })
})

describe('rows', () => {
  test.each([
    ['TSV', 'a\n\nDROP TABLE live.r\n'],
    ['CSV', '"a\n\nb"\n;DROP TABLE live.r\n'],
    ['JSONEachRow', '{"s":"a"}\n\n{"s":"b"}\n'],
    ['LineAsString', '\n\na\n;\n\nDROP TABLE live.r'],
    ['Values', "('a\n\nb'), (concat('x', 'y'))"],
  ])('in %s are never taken for SQL, however many blank lines they have', async (format, rows) => {
    await client.command({ query: 'CREATE OR REPLACE TABLE live.r (s String) ENGINE = Memory' })
    const counted = async () => Number((await ask('SELECT count() FROM live.r'))[0]?.[0])
    expect((await post(`query=INSERT+INTO+live.r+FORMAT+${format}`, rows)).status).toBe(200)
    const once = await counted()
    expect(once).toBeGreaterThanOrEqual(2)
    expect((await post('', `INSERT INTO live.r (s) FORMAT ${format}\n${rows}`)).status).toBe(200)
    expect(await counted()).toBe(2 * once)
  })

  test('of settings and columns go where they belong', async () => {
    await client.command({
      query:
        "INSERT INTO live.t (s, n) SETTINGS async_insert = 0 VALUES ('é;', 900001), ('b', 900002);",
    })
    expect(await ask('SELECT s FROM live.t WHERE n = 900001')).toEqual([['é;']])
    const error = await (await post('', 'INSERT INTO live.t FORMAT JSONEachRow\n{"n":"x"}')).text()
    expect(error).toContain('Code: ')
    expect(error).not.toContain('front-rows')
    expect(readdirSync(join(folder, 'front-rows'))).toEqual([])
  })
})

describe('formats', () => {
  test('of bytes go in and out as they are', async () => {
    await client.command({
      query: 'CREATE OR REPLACE TABLE live.b (n UInt16, s String) ENGINE = Memory',
    })
    const row = Buffer.from([0x0a, 0x00, 0x03, 0x00, 0xff, 0x0a])
    const query = 'query=INSERT+INTO+live.b+FORMAT+RowBinary'
    const inserted = await post(query, Buffer.concat([row, row]))
    expect(JSON.parse(inserted.headers.get('X-ClickHouse-Summary') ?? '')).toMatchObject({
      written_rows: '2',
    })
    const native = await (await post('', 'SELECT * FROM live.b FORMAT Native')).arrayBuffer()
    await post('query=INSERT+INTO+live.b+FORMAT+Native', native)
    const rows = await (await post('', 'SELECT * FROM live.b FORMAT RowBinary')).arrayBuffer()
    expect(Buffer.from(rows)).toEqual(Buffer.concat([row, row, row, row]))
    const parquet = await (await post('', 'SELECT * FROM live.b FORMAT Parquet')).arrayBuffer()
    expect(Buffer.from(parquet).subarray(0, 4).toString()).toBe('PAR1')
    await post('query=INSERT+INTO+live.b+FORMAT+Parquet', parquet)
    expect(await ask('SELECT toUInt8(count()) FROM live.b')).toEqual([[8]])
  })

  test('with a head have it once, however many portions the engine makes', async () => {
    const rows = 200_000
    const text = async (format: string) =>
      await (await post('', `SELECT number AS n FROM numbers(${rows}) FORMAT ${format}`)).text()
    expect((await text('CSVWithNames')).split('\n').filter((line) => line === '"n"')).toHaveLength(
      1,
    )
    expect((await text('TSVWithNamesAndTypes')).split('\n')).toHaveLength(rows + 3)
    expect(Buffer.byteLength(await text('RowBinaryWithNames'), 'latin1')).toBeGreaterThan(rows)
    expect(JSON.parse(await text('JSON')).rows).toBe(rows)
  })

  test('that must be made whole have a limit, and say so', async () => {
    const response = await post('', 'SELECT number FROM numbers(5000000) FORMAT JSON')
    expect(response.headers.get('X-ClickHouse-Exception-Code')).toBe('396')
    expect(await response.text()).toContain('TOO_MANY_ROWS_OR_BYTES')
  })

  test('and headers are those of a server', async () => {
    const { headers } = await post(
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
    const response = await post('send_progress_in_http_headers=1', sql)
    expect(response.headers.get('X-ClickHouse-Progress')).toContain('"read_rows"')
    expect(Number(await response.text())).toBeGreaterThan(0)
  })

  test('that the front does not have are refused by name', async () => {
    expect((await post('compress=1', 'SELECT 1')).status).toBe(501)
    expect((await post('', 'x', { 'Content-Encoding': 'lz4' })).status).toBe(501)
    const input = "INSERT INTO live.t SELECT n, s FROM input('n UInt64, s String') FORMAT CSV\n1,a"
    expect((await post('', input)).status).toBe(501)
    expect(await (await post('', 'SELECT 1; SELECT 2')).text()).toContain('Multi-statements')
    const outfile = await post('', "SELECT 1 INTO OUTFILE '/tmp/front-live-outfile'")
    expect(outfile.headers.get('X-ClickHouse-Exception-Code')).toBe('358')
  })
})

describe('a reader', () => {
  test.each([
    "INSERT INTO live.t VALUES (1, 'x')",
    'SELECT 1 SETTINGS readonly = 0',
    'SELECT 1 SETTINGS max_memory_usage = 0',
    'CREATE TEMPORARY TABLE x (n UInt8)',
    "SELECT file('/etc/hostname')",
    "SELECT * FROM file('/etc/hostname', 'LineAsString')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "DESCRIBE url('http://127.0.0.1:1/', 'LineAsString')",
    'SELECT * FROM default.`/etc/hostname`',
    'KILL QUERY WHERE 1',
  ])('cannot run %s', async (sql) => {
    await expect(ask(sql, analyst)).rejects.toMatchObject({
      type: expect.stringMatching(/^(READONLY|ACCESS_DENIED|UNKNOWN_TABLE)$/),
    })
  })

  test('cannot unlock itself', async () => {
    for (const query of ['SET readonly = 0', 'SET max_memory_usage = 0', 'SET max_threads = 64']) {
      await expect(analyst.command({ query })).rejects.toMatchObject({ type: 'READONLY' })
    }
  })

  test('reads within limits that it can lower and not raise', async () => {
    const count = async (rows: number, clickhouse_settings = {}) =>
      (
        await analyst.query({
          query: `SELECT number FROM numbers(${rows})`,
          format: 'JSONEachRow',
          clickhouse_settings,
        })
      ).json()
    expect(await count(1_000)).toHaveLength(1_000)
    await expect(count(1_001)).rejects.toMatchObject({ code: '396' })
    await expect(count(11, { max_result_rows: '10' })).rejects.toMatchObject({ code: '396' })
    await expect(count(1, { max_result_rows: '2000' })).rejects.toMatchObject({ code: '452' })
    const forever = 'SELECT sum(sipHash64(number)) FROM numbers(100000000000)'
    await expect(ask(forever, analyst)).rejects.toMatchObject({ code: '159' })
  })

  test('waits its turn, and hears when there are too many', async () => {
    const slow = () => ask('SELECT sleep(0.5)', analyst)
    const all = await Promise.allSettled([slow(), slow(), slow()])
    const refused = all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(refused).toEqual([expect.objectContaining({ code: '202' })])
    expect(await ask('SELECT toUInt8(1)')).toEqual([[1]])
  })

  test('may name a session, as BI tools do', async () => {
    const query = 'SELECT toUInt8(1)'
    for (let time = 0; time < 2; time += 1) {
      const result = await analyst.query({ query, session_id: 'bi', format: 'JSONCompactEachRow' })
      expect(await result.json()).toEqual([[1]])
    }
  })
})

describe('the process', () => {
  test('answers operators and plain GETs on the same port', async () => {
    for (const path of ['/ping', '/replicas_status', '/healthz', '/readyz']) {
      expect((await fetch(`${front.url}${path}`)).status).toBe(200)
    }
    const metrics = await (await fetch(`${front.url}/metrics`)).text()
    expect(metrics).toContain('sbench_clickhouse_queries_total{')
    const get = await fetch(`${front.url}/?password=w&query=SELECT+1`)
    expect(await get.text()).toBe('1\n')
    const write = await fetch(`${front.url}/?password=w&query=TRUNCATE+TABLE+live.t`)
    expect(write.headers.get('X-ClickHouse-Exception-Code')).toBe('164')
    const hidden = await fetch(
      `${front.url}/?password=w&query=${encodeURIComponent('WITH 1 AS x INSERT INTO live.b SELECT x, x')}`,
    )
    expect(hidden.headers.get('X-ClickHouse-Exception-Code')).toBe('164')
  })

  test('refuses bodies that are too large, and lives on', async () => {
    const body = Buffer.alloc(65 * MIB, 0x20)
    const response = await post('query=INSERT+INTO+live.t+FORMAT+CSV', body)
    expect(response.status).toBe(413)
    expect((await client.ping({ select: true })).success).toBe(true)
  })

  test('survives a client that hangs up in the middle of a body', async () => {
    const socket = connect(Number(new URL(front.url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    const head = 'POST /?password=w&query=INSERT+INTO+live.t+FORMAT+CSV HTTP/1.1\r\nHost: x\r\n'
    socket.write(`${head}Content-Length: 100\r\n\r\n1,a\n`, () => socket.destroy())
    await until(async () => {
      const metrics = await (await fetch(`${front.url}/metrics`)).text()
      return /sbench_clickhouse_running_queries\{[^}]*\} 0/.test(metrics)
    })
  })

  test('does not let a second one open its folder, and says who has it', async () => {
    await expect(FrontProcess.start({ folder })).rejects.toThrow(
      new RegExp(`ended with 6: [\\s\\S]*open in process ${front.pid}`),
    )
    expect((await client.ping({ select: true })).success).toBe(true)
  })

  test('keeps every acknowledged row through SIGKILL, and ends soon on SIGTERM', async () => {
    const other = join(scratch, 'killed')
    const environment = { SBENCH_CLICKHOUSE_DRAIN_MS: '200' }
    const acknowledged: number[] = []
    {
      await using first = await FrontProcess.start({ folder: other, environment })
      const writer = createClient({ url: first.url })
      await writer.command({ query: 'CREATE DATABASE k ENGINE = Atomic' })
      await writer.command({ query: 'CREATE TABLE k.t (n UInt32) ENGINE = MergeTree ORDER BY n' })
      const writing = (async () => {
        for (let n = 0; ; n += 1) {
          await writer.insert({ table: 'k.t', values: [{ n }], format: 'JSONEachRow' })
          acknowledged.push(n)
        }
      })()
      const ended = expect(writing).rejects.toThrow()
      await until(async () => acknowledged.length > 50)
      await first.stop('SIGKILL')
      await ended
      await writer.close()
    }
    await using second = await FrontProcess.start({ folder: other, environment })
    const reader = createClient({ url: second.url })
    const kept = new Set((await ask('SELECT n FROM k.t', reader)).map(([n]) => Number(n)))
    expect(acknowledged.filter((n) => !kept.has(n))).toEqual([])
    expect(kept.size - acknowledged.length).toBeLessThanOrEqual(1)
    const endless = reader.query({ query: 'SELECT sum(sipHash64(number)) FROM numbers(1e11)' })
    const cancelled = expect(endless).rejects.toThrow()
    await until(async () =>
      (await ask('SELECT query FROM system.processes', reader)).some(([q]) =>
        String(q).includes('1e11'),
      ),
    )
    const before = performance.now()
    expect(await second.stop()).toBe(0)
    expect(performance.now() - before).toBeLessThan(8_000)
    await cancelled
    await reader.close()
  })
})
