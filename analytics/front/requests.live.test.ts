import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import { LiveFront } from '../../test/support/live-front.ts'

let live: LiveFront

beforeAll(async () => {
  live = await LiveFront.start()
})
afterAll(async () => {
  await live?.[Symbol.asyncDispose]()
})

describe('requests', () => {
  test('share no settings', async () => {
    const result = await live.client.query({
      query: "SELECT toUInt32(getSetting('max_result_rows'))",
      format: 'JSONCompactEachRow',
      clickhouse_settings: { max_result_rows: '7', readonly: '1' },
    })
    expect(await result.json()).toEqual([[7]])
    expect(await live.ask("SELECT toUInt32(getSetting('max_result_rows'))")).toEqual([[0]])
    await live.client.command({ query: "INSERT INTO live.t VALUES (0, 'writes still work')" })
  })

  test('share no parameters, though they run at the same time', async () => {
    const all = Array.from({ length: 8 }, async (_, n) => {
      const query = 'SELECT {n:UInt32}, sleep(0.05)'
      const result = await live.client.query({
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
        await live.client.query({
          query,
          session_id,
          clickhouse_settings,
          format: 'JSONCompactEachRow',
        })
      ).json()
    await live.client.command({ query: 'CREATE TEMPORARY TABLE kept (n UInt8)', session_id })
    await live.client.insert({
      table: 'kept',
      values: [{ n: 5 }],
      format: 'JSONEachRow',
      session_id,
    })
    await live.client.command({ query: 'SET max_threads = 3', session_id })
    const threads = "SELECT n, toUInt8(getSetting('max_threads')) FROM kept"
    expect(await of(threads, { max_threads: 1 })).toEqual([[5, 1]])
    await expect(of('SELECT nope')).rejects.toMatchObject({ code: '47' })
    expect(await of(threads)).toEqual([[5, 3]])
    await expect(live.ask('SELECT * FROM kept')).rejects.toMatchObject({ code: '60' })
  })

  test('of one session never see what a failed one left behind', async () => {
    const url = 'session_id=broken'
    const big = 'SELECT number FROM numbers(3000000) FORMAT JSON'
    const failed = await live.post(`${url}&max_result_bytes=1000000`, big)
    expect(failed.headers.get('X-ClickHouse-Exception-Code')).toBe('396')
    expect(await (await live.post(url, 'SELECT 1 FORMAT TSV')).text()).toBe('1\n')
  })

  test('of one session run one at a time, and sessions end', async () => {
    const slow = live.post('session_id=busy', 'SELECT sleep(2.9)')
    await eventually('the query runs', () => live.runs('sleep(2.9)'))
    expect(
      (await live.post('session_id=busy', 'SELECT 1')).headers.get('X-ClickHouse-Exception-Code'),
    ).toBe('373')
    await slow
    await live.post('session_id=busy&session_timeout=0', 'SELECT 1')
    await eventually(
      'the session ends',
      async () => (await live.post('session_id=busy&session_check=1', 'SELECT 1')).status === 404,
    )
  })

  test('that end early end their query', async () => {
    const controller = new AbortController()
    const query = 'SELECT sum(sipHash64(number)) AS abandoned FROM numbers(100000000000)'
    const abandoned = live.client.query({ query, abort_signal: controller.signal })
    await eventually('the query runs', () => live.runs('abandoned'))
    controller.abort()
    await expect(abandoned).rejects.toThrow()
    await eventually('the query ends', async () => !(await live.runs('abandoned')))
  })

  test('that stop reading end their query too', async () => {
    const query = 'SELECT number AS unread FROM numbers(100000000000)'
    const result = await live.client.query({ query, format: 'JSONEachRow' })
    await eventually('the query runs', () => live.runs('unread'))
    result.close()
    await eventually('the query ends', async () => !(await live.runs('unread')))
  })

  test('can kill another by the id that it was given', async () => {
    const query_id = 'kill me'
    const query = 'SELECT sum(sipHash64(number)) AS victim FROM numbers(100000000000)'
    const victim = expect(live.client.query({ query, query_id })).rejects.toMatchObject({
      code: '394',
    })
    await eventually('the query runs', () => live.runs('victim'))
    await live.client.command({ query: `KILL QUERY WHERE query_id = '${query_id}' SYNC` })
    await victim
  })

  test('do not wait for a scalar subquery of another', async () => {
    let ended = false
    const slow = live.post('', 'SELECT (SELECT sleep(2.8))').finally(() => {
      ended = true
    })
    await eventually('the query runs', () => live.runs('sleep(2.8)'))
    expect(await live.ask('SELECT toUInt8(1)')).toEqual([[1]])
    expect(ended).toBe(false)
    await slow
  })
})
