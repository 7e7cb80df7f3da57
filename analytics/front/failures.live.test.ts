import { connect } from 'node:net'
import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../test/support/eventually.ts'
import { FrontProcess } from '../../test/support/front-process.ts'
import { LiveFront, MIB } from '../../test/support/live-front.ts'

let live: LiveFront

beforeAll(async () => {
  live = await LiveFront.start()
})
afterAll(async () => {
  await live?.[Symbol.asyncDispose]()
})

describe('the process', () => {
  test('answers operators and plain GETs on the same port', async () => {
    for (const path of ['/ping', '/replicas_status', '/healthz', '/readyz']) {
      expect((await fetch(`${live.url}${path}`)).status).toBe(200)
    }
    const metrics = await (await fetch(`${live.url}/metrics`)).text()
    expect(metrics).toContain('sbench_clickhouse_queries_total{')
    const get = await fetch(`${live.url}/?password=w&query=SELECT+1`)
    expect(await get.text()).toBe('1\n')
    const write = await fetch(`${live.url}/?password=w&query=TRUNCATE+TABLE+live.t`)
    expect(write.headers.get('X-ClickHouse-Exception-Code')).toBe('164')
    const hidden = await fetch(
      `${live.url}/?password=w&query=${encodeURIComponent('WITH 1 AS x INSERT INTO live.b SELECT x, x')}`,
    )
    expect(hidden.headers.get('X-ClickHouse-Exception-Code')).toBe('164')
  })

  test('refuses bodies that are too large, and lives on', async () => {
    const body = Buffer.alloc(65 * MIB, 0x20)
    const response = await live.post('query=INSERT+INTO+live.t+FORMAT+CSV', body)
    expect(response.status).toBe(413)
    expect((await live.client.ping({ select: true })).success).toBe(true)
  })

  test('survives a live.client that hangs up in the middle of a body', async () => {
    const socket = connect(Number(new URL(live.url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    const head = 'POST /?password=w&query=INSERT+INTO+live.t+FORMAT+CSV HTTP/1.1\r\nHost: x\r\n'
    socket.write(`${head}Content-Length: 100\r\n\r\n1,a\n`, () => socket.destroy())
    await eventually('no query is left', async () => {
      const metrics = await (await fetch(`${live.url}/metrics`)).text()
      return /sbench_clickhouse_running_queries\{[^}]*\} 0/.test(metrics)
    })
  })

  test('does not let a second one open its folder, and says who has it', async () => {
    await expect(FrontProcess.start({ folder: live.folder })).rejects.toThrow(
      new RegExp(`ended with 6: [\\s\\S]*open in process ${live.front.pid}`),
    )
    expect((await live.client.ping({ select: true })).success).toBe(true)
  })

  test('keeps every acknowledged row through SIGKILL, and ends soon on SIGTERM', async () => {
    const other = join(live.folder, '../killed')
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
      await eventually('50 rows are acknowledged', () => acknowledged.length > 50)
      await first.stop('SIGKILL')
      await ended
      await writer.close()
    }
    await using second = await FrontProcess.start({ folder: other, environment })
    const reader = createClient({ url: second.url })
    const kept = new Set((await live.ask('SELECT n FROM k.t', reader)).map(([n]) => Number(n)))
    expect(acknowledged.filter((n) => !kept.has(n))).toEqual([])
    expect(kept.size - acknowledged.length).toBeLessThanOrEqual(1)
    const endless = reader.query({ query: 'SELECT sum(sipHash64(number)) FROM numbers(1e11)' })
    const cancelled = expect(endless).rejects.toThrow()
    await eventually('the query runs', async () =>
      (await live.ask('SELECT query FROM system.processes', reader)).some(([q]) =>
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
