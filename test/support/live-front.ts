import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClickHouseClient, createClient } from '@clickhouse/client'
import { FrontProcess } from './front-process.ts'

export const MIB = 1024 * 1024

/** A front of a test file's own with tight limits, a writer, a reader, and an empty table `live.t`. */
export class LiveFront implements AsyncDisposable {
  readonly front: FrontProcess
  /** Its data; what is beside it goes with it. */
  readonly folder: string
  readonly client: ClickHouseClient
  readonly analyst: ClickHouseClient

  private constructor(front: FrontProcess, folder: string) {
    this.front = front
    this.folder = folder
    this.client = this.connectAs('default', 'w')
    this.analyst = this.connectAs('analyst', 'r')
  }

  static async start(): Promise<LiveFront> {
    const folder = join(mkdtempSync(join(tmpdir(), 'front-live-')), 'data')
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
    const live = new LiveFront(await FrontProcess.start({ folder, environment }), folder)
    await live.client.command({ query: 'CREATE DATABASE live ENGINE = Atomic' })
    await live.client.command({
      query: 'CREATE TABLE live.t (n UInt64, s String) ENGINE = MergeTree ORDER BY n',
    })
    return live
  }

  get url(): string {
    return this.front.url
  }

  connectAs(username: string, password: string): ClickHouseClient {
    return createClient({ url: this.url, username, password, request_timeout: 30_000 })
  }

  async ask(sql: string, as: ClickHouseClient = this.client): Promise<unknown[][]> {
    const result = await as.query({ query: sql, format: 'JSONCompactEachRow' })
    return await result.json<unknown[]>()
  }

  /** A plain request, as curl makes it. */
  post(
    query: string,
    body?: string | Uint8Array<ArrayBuffer> | ArrayBuffer,
    headers = {},
  ): Promise<Response> {
    return fetch(`${this.url}/?${query}`, {
      method: 'POST',
      body: body ?? null,
      headers: { 'X-ClickHouse-Key': 'w', ...headers },
    })
  }

  /** Whether a query with this text is running. */
  async runs(text: string): Promise<boolean> {
    return (await this.ask(`SELECT query FROM system.processes`)).some(
      ([query]) => String(query).includes(text) && !String(query).includes('system.processes'),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close()
    await this.analyst.close()
    await this.front[Symbol.asyncDispose]()
    rmSync(join(this.folder, '..'), { recursive: true, force: true })
  }
}
