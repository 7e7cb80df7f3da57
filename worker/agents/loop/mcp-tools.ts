import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { CallToolResult, Tool as McpTool } from '@modelcontextprotocol/sdk/types.js'
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js'
import { Failure, messageOf } from '../../../core/failure.ts'
import { httpFetch } from '../../mcp/http-fetch.ts'
import type { McpEndpoint } from '../agent.ts'
import { failed, ok, type Tool, type ToolResult } from './tool.ts'

const START_MS = 30_000
/** Of a result, for the model. */
const RESULT_CHARS = 30_000
/** What the vendors allow in the name of a tool. */
const NAME_CHARS = 64

export interface McpTools extends AsyncDisposable {
  readonly tools: readonly Tool[]
}

/**
 * The tools of the task's MCP servers, as tools of the model: `mcp__server__tool`.
 *
 * @throws Failure `mcp.start-failed`.
 */
export async function connectMcp(
  endpoints: readonly McpEndpoint[],
  timeoutMs: number,
): Promise<McpTools> {
  const clients: Client[] = []
  const close = async () => {
    await Promise.allSettled(clients.map((client) => client.close()))
  }
  try {
    const tools: Tool[] = []
    for (const endpoint of endpoints) {
      const client = await connect(endpoint)
      clients.push(client)
      for (const found of await listTools(client)) {
        const name = freeName(`mcp__${endpoint.name}__${found.name}`, tools)
        tools.push(toolOf(client, { found, name, timeoutMs }))
      }
    }
    return { tools, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

async function connect({ name, url, headers }: McpEndpoint): Promise<Client> {
  const client = new Client({ name: 'systems-bench-loop', version: '1' })
  const requestInit = { headers: { ...headers } }
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit,
    fetch: httpFetch(),
  })
  try {
    // The SDK's own types do not agree with each other under exactOptionalPropertyTypes.
    await client.connect(transport as Parameters<Client['connect']>[0], { timeout: START_MS })
    return client
  } catch (cause) {
    const message = `The MCP server ${name} does not answer the agent: ${messageOf(cause)}`
    throw new Failure('mcp.start-failed', message.slice(0, 500), { facts: { server: name }, cause })
  }
}

async function listTools(client: Client): Promise<McpTool[]> {
  const tools: McpTool[] = []
  let cursor: string | undefined
  do {
    const page = await client.listTools(cursor === undefined ? {} : { cursor })
    tools.push(...page.tools)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return tools
}

interface Found {
  readonly found: McpTool
  readonly name: string
  readonly timeoutMs: number
}

function toolOf(client: Client, { found, name, timeoutMs }: Found): Tool {
  return {
    name,
    description: found.description ?? '',
    schema: JSON.parse(JSON.stringify(found.inputSchema)),
    lane: null,
    async run(input, { signal }) {
      const startedAt = performance.now()
      const sent = { name: found.name, arguments: { ...(input as Record<string, unknown>) } }
      try {
        const options = { signal, timeout: timeoutMs }
        const result = await client.callTool(sent, CallToolResultSchema, options)
        return resultOf(CallToolResultSchema.parse(result), durationSince(startedAt))
      } catch (error) {
        signal.throwIfAborted()
        return failed(`The call failed: ${messageOf(error)}`, durationSince(startedAt))
      }
    },
  }
}

const durationSince = (startedAt: number) => ({
  durationMs: Math.round(performance.now() - startedAt),
})

function resultOf(
  { content, structuredContent, isError }: CallToolResult,
  meta: ToolResult['meta'],
): ToolResult {
  const texts = content.map(textOf).filter((text) => text !== '')
  const structured = structuredContent === undefined ? [] : [JSON.stringify(structuredContent)]
  const text = (texts.length > 0 ? texts : structured).join('\n')
  const droppedChars = Math.max(0, text.length - RESULT_CHARS)
  const half = RESULT_CHARS / 2
  const shown =
    droppedChars === 0
      ? text
      : `${text.slice(0, half)}\n[${droppedChars} characters left out]\n${text.slice(-half)}`
  return isError === true ? failed(shown, meta) : ok(shown, { ...meta, droppedChars })
}

/** Pictures and sounds are not shown to the model, which is told so: not every dialect has them. */
function textOf(item: CallToolResult['content'][number]): string {
  switch (item.type) {
    case 'text':
      return item.text
    case 'image':
    case 'audio':
      return `[${item.type} ${item.mimeType} of ${item.data.length} base64 characters left out]`
    case 'resource':
      return 'text' in item.resource ? item.resource.text : `[resource ${item.resource.uri}]`
    case 'resource_link':
      return `[resource ${item.uri}]`
  }
}

function freeName(wanted: string, taken: readonly Tool[]): string {
  const base = wanted.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, NAME_CHARS)
  const isTaken = (name: string) => taken.some((tool) => tool.name === name)
  for (let count = 1, name = base; ; count += 1, name = `${base.slice(0, -4)}_${count}`) {
    if (!isTaken(name)) return name
  }
}
