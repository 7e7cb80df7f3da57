import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveFront } from '../../test/support/live-front.ts'

let live: LiveFront

beforeAll(async () => {
  live = await LiveFront.start()
})
afterAll(async () => {
  await live?.[Symbol.asyncDispose]()
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
    await expect(live.ask(sql, live.analyst)).rejects.toMatchObject({
      type: expect.stringMatching(/^(READONLY|ACCESS_DENIED|UNKNOWN_TABLE)$/),
    })
  })

  test('cannot unlock itself', async () => {
    for (const query of ['SET readonly = 0', 'SET max_memory_usage = 0', 'SET max_threads = 64']) {
      await expect(live.analyst.command({ query })).rejects.toMatchObject({ type: 'READONLY' })
    }
  })

  test('reads within limits that it can lower and not raise', async () => {
    const count = async (rows: number, clickhouse_settings = {}) =>
      (
        await live.analyst.query({
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
    await expect(live.ask(forever, live.analyst)).rejects.toMatchObject({ code: '159' })
  })

  test('waits its turn, and hears when there are too many', async () => {
    const slow = () => live.ask('SELECT sleep(0.5)', live.analyst)
    const all = await Promise.allSettled([slow(), slow(), slow()])
    const refused = all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(refused).toEqual([expect.objectContaining({ code: '202' })])
    expect(await live.ask('SELECT toUInt8(1)')).toEqual([[1]])
  })

  test('may name a session, as BI tools do', async () => {
    const query = 'SELECT toUInt8(1)'
    for (let time = 0; time < 2; time += 1) {
      const result = await live.analyst.query({
        query,
        session_id: 'bi',
        format: 'JSONCompactEachRow',
      })
      expect(await result.json()).toEqual([[1]])
    }
  })
})
