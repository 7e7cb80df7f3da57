import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  ErrorCode,
  type Implementation,
  McpError,
  type Request,
  type Result,
  ResultSchema,
  type ServerCapabilities,
} from '@modelcontextprotocol/sdk/types.js'
import { Failure, messageOf } from '../../core/failure.ts'
import type { McpServer } from '../../tasks/task.ts'
import { connectInside, type Inside } from './connect-inside.ts'
import { httpFetch } from './http-fetch.ts'
import { StdioTransport } from './stdio-transport.ts'

export interface UpstreamOptions extends Inside {
  readonly server: McpServer
  /** Of one call. */
  readonly timeoutMs: number
  /** Told when the server was lost and another connection to it made, or could not be made. */
  readonly onLost: (what: string) => void
  /** For the whole start. */
  readonly startMs?: number
}

const START_MS = 30_000
const RETRY_MS = 250
const RESTARTS = 1

/**
 * The connection to one MCP server of the task. A server that ends is started once more, a lost
 * connection made once more; the call that was under way is not repeated, since it may have acted.
 */
export class Upstream implements AsyncDisposable {
  readonly #options: UpstreamOptions
  #live: Live
  #restarts = 0
  #restarting: Promise<void> | null = null
  #closed = false

  private constructor(options: UpstreamOptions, live: Live) {
    this.#options = options
    this.#live = live
    this.#watch()
  }

  /** @throws Failure `mcp.start-failed` when it does not answer `initialize` and `tools/list` in time. */
  static async open(options: UpstreamOptions): Promise<Upstream> {
    return new Upstream(options, await connect(options))
  }

  get name(): string {
    return this.#options.server.name
  }

  get about(): About {
    return this.#live.about
  }

  /** Of the command that is the server; null for one that the image runs. */
  get commandId(): string | null {
    return this.#live.commandId
  }

  /** @throws McpError as the server gave it, or one that says that the server was lost. */
  async request(request: Request, signal: AbortSignal): Promise<Result> {
    await this.#restarting
    const { client } = this.#live
    try {
      return await client.request(request, ResultSchema, {
        signal,
        timeout: this.#options.timeoutMs,
      })
    } catch (error) {
      if (signal.aborted || this.#closed) throw error
      if (error instanceof McpError && error.code !== ErrorCode.ConnectionClosed) throw error
      await this.#lost(client, messageOf(error))
      throw new McpError(ErrorCode.ConnectionClosed, `the server was lost: ${messageOf(error)}`)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await this.#live.client.close().catch(() => undefined)
  }

  #watch(): void {
    const { client } = this.#live
    client.onclose = () => {
      if (!this.#closed) void this.#lost(client, 'it ended')
    }
  }

  #lost(client: Client, why: string): Promise<void> {
    if (client !== this.#live.client) return Promise.resolve()
    this.#restarting ??= this.#restart(why).finally(() => {
      this.#restarting = null
    })
    return this.#restarting
  }

  async #restart(why: string): Promise<void> {
    const { name } = this
    const because = this.#live.why()
    const reason = because === '' ? why : `${why}: ${because}`
    if (this.#restarts >= RESTARTS) {
      this.#options.onLost(`the MCP server ${name} was lost again: ${reason}`)
      return
    }
    this.#restarts += 1
    const old = this.#live.client
    old.onclose = () => undefined
    void old.close().catch(() => undefined)
    try {
      this.#live = await connect(this.#options)
      this.#watch()
      this.#options.onLost(`the MCP server ${name} was lost and started again: ${reason}`)
    } catch (error) {
      this.#options.onLost(`the MCP server ${name} was lost: ${messageOf(error)}`)
    }
  }
}

export interface About {
  readonly info: Implementation
  readonly capabilities: ServerCapabilities
  readonly instructions: string | undefined
}

interface Live {
  readonly client: Client
  readonly about: About
  readonly commandId: string | null
  /** What the server itself said of its end. */
  readonly why: () => string
}

/** Servers that the image runs may still be on their way up, so they are tried until the limit. */
async function connect(options: UpstreamOptions): Promise<Live> {
  const { server, startMs = START_MS } = options
  const deadline = performance.now() + startMs
  let refusal: unknown = null
  for (;;) {
    const transport = await open(options)
    const client = new Client({ name: 'systems-bench', version: '1' })
    const why = () => (transport instanceof StdioTransport ? transport.errors : '')
    try {
      const timeout = Math.max(1, deadline - performance.now())
      // The SDK's own types do not agree with each other under exactOptionalPropertyTypes.
      await within(client.connect(transport as Transport, { timeout }), timeout)
      const capabilities = client.getServerCapabilities() ?? {}
      if (capabilities.tools !== undefined) {
        await client.request({ method: 'tools/list' }, ResultSchema, { timeout })
      }
      const info = client.getServerVersion() ?? { name: server.name, version: '' }
      const instructions = client.getInstructions()
      const commandId = transport instanceof StdioTransport ? transport.id : null
      return { client, commandId, why, about: { info, capabilities, instructions } }
    } catch (error) {
      await client.close().catch(() => undefined)
      const leftMs = deadline - performance.now()
      // A try that ran out of time says less than the one before, which was answered.
      const reason = leftMs < 1 && refusal !== null ? refusal : error
      const isLate = leftMs < RETRY_MS
      if (server.transport === 'stdio' || isLate) throw startFailed(server, reason, why())
      refusal = error
    }
    await sleep(RETRY_MS)
  }
}

async function open(options: UpstreamOptions): Promise<Transport> {
  const { server, runner, how } = options
  if (server.transport === 'stdio') {
    return new StdioTransport(await runner.start([server.command, ...server.args], how))
  }
  const url = new URL(server.url)
  const fetch = httpFetch({ connect: () => connectInside(options, url) })
  return server.transport === 'sse'
    ? new SSEClientTransport(url, { fetch })
    : (new StreamableHTTPClientTransport(url, { fetch }) as Transport)
}

/** The SDK limits single requests, but not the wait for a stream of events to open. */
async function within<Value>(work: Promise<Value>, timeoutMs: number): Promise<Value> {
  const over = new AbortController()
  const late = sleep(timeoutMs, undefined, { signal: over.signal }).then(() => {
    throw new Error(`no answer within ${Math.round(timeoutMs)} ms`)
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    over.abort()
  }
}

function startFailed({ name, transport }: McpServer, cause: unknown, said: string): Failure {
  const why = [messageOf(cause), said].filter((text) => text !== '').join('; it said: ')
  const message = `The task's MCP server ${name} does not start: ${why}`.slice(0, 1_000)
  return new Failure('mcp.start-failed', message, { facts: { server: name, transport }, cause })
}
