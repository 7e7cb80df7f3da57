import type { IncomingMessage, ServerResponse } from 'node:http'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { Request, Result } from '@modelcontextprotocol/sdk/types.js'
import { messageOf } from '../../core/failure.ts'
import type { NewEvent } from '../agents/agent.ts'
import type { EventRecorder } from '../trajectory/recorder.ts'
import type { Upstream } from './upstream.ts'

/** Larger arguments of a call are refused. */
const BODY_BYTES = 16 * 1024 * 1024

/**
 * Answers one HTTP request of an agent's MCP client with what the task's server says. Nothing is
 * kept between requests, so a client goes on when the worker was restarted; what a server sends
 * without being asked, such as changes of its list of tools, does not reach clients.
 */
export async function answerClient(
  { upstream, recorder }: { readonly upstream: Upstream; readonly recorder: EventRecorder },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST') {
    response.writeHead(405, { allow: 'POST' }).end()
    return
  }
  const { info, capabilities, instructions } = upstream.about
  const server = new Server(info, {
    capabilities: withoutNotices(capabilities),
    ...(instructions === undefined ? {} : { instructions }),
  })
  server.fallbackRequestHandler = async ({ method, params }, { signal }) => {
    const sent = { method, params: withoutProgress(params) }
    if (method !== 'tools/call') return upstream.request(sent, signal)
    return recorded(sent, { upstream, recorder, signal })
  }
  const transport = new StreamableHTTPServerTransport({
    enableJsonResponse: true,
    maxRequestBodySize: BODY_BYTES,
  })
  response.once('close', () => void server.close())
  // The SDK's own types do not agree with each other under exactOptionalPropertyTypes.
  await server.connect(transport as Transport)
  await transport.handleRequest(request, response)
}

interface Recording {
  readonly upstream: Upstream
  readonly recorder: EventRecorder
  readonly signal: AbortSignal
}

/** A call outlives this process before the server knows of it, its result before the agent does. */
async function recorded(
  request: Request,
  { upstream, recorder, signal }: Recording,
): Promise<Result> {
  const { name, arguments: given = {} } = request.params ?? {}
  const tool = `mcp:${upstream.name}/${String(name)}`
  const record = (event: NewEvent) => {
    recorder.record(event)
    return recorder.flush()
  }
  await record({ kind: 'tool-call', tool, body: JSON.stringify(given) })
  const startedAt = performance.now()
  const ended = (body: string, failed: boolean): NewEvent => {
    const durationMs = Math.round(performance.now() - startedAt)
    return { kind: 'tool-result', tool, body, meta: { durationMs, failed } }
  }
  try {
    const result = await upstream.request(request, signal)
    await record(ended(JSON.stringify(result, withoutBase64), result.isError === true))
    return result
  } catch (error) {
    const why = signal.aborted ? 'the agent gave the call up' : messageOf(error)
    await record(ended(why, true))
    throw error
  }
}

/** Pictures and sounds are told by their length. */
function withoutBase64(key: string, value: unknown): unknown {
  const isData = (key === 'data' || key === 'blob') && typeof value === 'string'
  return isData && value.length > 1_000 ? `[${value.length} characters of base64]` : value
}

/** Without what needs a way from the server to a client that did not ask. */
function withoutNotices(capabilities: Upstream['about']['capabilities']) {
  const { tools, resources, prompts, completions } = capabilities
  return {
    ...(tools === undefined ? {} : { tools: {} }),
    ...(resources === undefined ? {} : { resources: {} }),
    ...(prompts === undefined ? {} : { prompts: {} }),
    ...(completions === undefined ? {} : { completions: {} }),
  }
}

/** A progress token is the client's own, and would be taken for one of this connection's. */
function withoutProgress(params: Request['params']): NonNullable<Request['params']> {
  const { _meta, ...rest } = params ?? {}
  if (_meta === undefined) return rest
  const { progressToken: _, ...meta } = _meta
  return Object.keys(meta).length === 0 ? rest : { ...rest, _meta: meta }
}
