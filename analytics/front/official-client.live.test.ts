import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveFront, MIB } from '../../test/support/live-front.ts'

let live: LiveFront

beforeAll(async () => {
  live = await LiveFront.start()
})
afterAll(async () => {
  await live?.[Symbol.asyncDispose]()
})

describe('the official client', () => {
  test('finds a server that answers', async () => {
    expect((await live.client.ping()).success).toBe(true)
    expect((await live.client.ping({ select: true })).success).toBe(true)
  })

  test('inserts arrays and streams, and hears how many rows were written', async () => {
    await live.client.command({ query: 'TRUNCATE TABLE live.t' })
    const array = await live.client.insert({
      table: 'live.t',
      values: [
        { n: 1, s: "it's" },
        { n: 2, s: 'é\t\\' },
      ],
      format: 'JSONEachRow',
    })
    expect(array.summary?.written_rows).toBe('2')
    const rows = Array.from({ length: 5_000 }, (_, n) => ({ n: n + 3, s: 'x' }))
    await live.client.insert({
      table: 'live.t',
      values: Readable.from(rows),
      format: 'JSONEachRow',
    })
    expect(Number((await live.ask('SELECT count() FROM live.t'))[0]?.[0])).toBe(5_002)
    expect(await live.ask('SELECT s FROM live.t WHERE n <= 2 ORDER BY n')).toEqual([
      ["it's"],
      ['é\t\\'],
    ])
  })

  test('may insert nothing, though not into a table that is not there', async () => {
    const nothing = () => Readable.from([], { objectMode: true })
    await live.client.insert({ table: 'live.t', values: nothing(), format: 'JSONEachRow' })
    await expect(
      live.client.insert({ table: 'live.none', values: nothing(), format: 'JSONEachRow' }),
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
      const result = await live.client.query({
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
    await expect(live.ask('SELECT nope')).rejects.toMatchObject({
      code: '47',
      type: 'UNKNOWN_IDENTIFIER',
    })
    await expect(live.ask('SELEC 1 2')).rejects.toMatchObject({ code: '62', type: 'SYNTAX_ERROR' })
    const wrong = live.connectAs('default', 'wrong')
    await expect(live.ask('SELECT 1', wrong)).rejects.toMatchObject({ code: '516' })
    await wrong.close()
  })

  test('compresses both ways with every codec it has', async () => {
    for (const codec of ['gzip', 'zstd', 'br'] as const) {
      const packed = createClient({
        url: live.url,
        password: 'w',
        compression: { response: { codec }, request: { codec } },
      })
      await packed.command({ query: 'CREATE OR REPLACE TABLE live.z (n UInt64) ENGINE = Memory' })
      const values = Array.from({ length: 1_000 }, (_, n) => ({ n }))
      await packed.insert({ table: 'live.z', values, format: 'JSONEachRow' })
      expect(await live.ask('SELECT toUInt32(sum(n)) FROM live.z', packed)).toEqual([[499_500]])
      await expect(live.ask('SELECT nope', packed)).rejects.toMatchObject({ code: '47' })
      await packed.close()
    }
  })

  test('reads a million rows at its own pace, while memory stays flat', async () => {
    const sql = "SELECT number, repeat('x', 300) AS s FROM numbers(1000000)"
    const result = await live.client.query({ query: sql, format: 'JSONEachRow' })
    let [rows, before, most] = [0, 0, 0]
    for await (const batch of result.stream()) {
      if (rows === 0) await delay(300)
      if (rows < 300_000) before = live.front.rssBytes
      rows += batch.length
      most = Math.max(most, live.front.rssBytes)
    }
    expect(rows).toBe(1_000_000)
    expect((most - before) / MIB).toBeLessThan(150)
  })

  test('sees an exception in the middle of a stream', async () => {
    const query = 'SELECT number, throwIf(number = 3000000) FROM numbers(4000000)'
    for (const response of [false, true]) {
      const other = createClient({ url: live.url, password: 'w', compression: { response } })
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
