import type { ServerResponse } from 'node:http'
import { KeyRing } from '../gateway/key-ring.ts'
import type { Alongside } from '../gateway/model-gateway.ts'
import { MCP_PATH, TrialMcp, type TrialMcpOptions } from './trial-mcp.ts'

/** What a node offers of its trials' MCP servers; its HTTP server is the model gateway's. */
export interface McpGateway extends Alongside {
  /** @throws Failure `mcp.start-failed`. */
  open(options: TrialMcpOptions): Promise<TrialMcp>
}

export function mcpGateway(): McpGateway {
  const keys = new KeyRing<TrialMcp>()
  return {
    expect: (key) => keys.expect(key),
    async open(options) {
      const { key } = options
      const trial: TrialMcp = await TrialMcp.open(options, () => keys.close(key, trial))
      keys.open(key, trial)
      return trial
    },
    async handle(request, response) {
      // Most requests are for models, and to read a URL costs them.
      if (request.url?.includes(MCP_PATH) !== true) return false
      const path = new URL(request.url, 'http://localhost').pathname
      if (!path.startsWith(MCP_PATH)) return false
      const key = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
      const trial = key === undefined ? undefined : await keys.find(key)
      if (trial === undefined) {
        refuse(response, 401, 'this key opens no MCP server')
        return true
      }
      const upstream = trial.upstream(nameIn(path))
      if (upstream === undefined) {
        refuse(response, 404, 'the task has no such MCP server')
        return true
      }
      // Most nodes have no task with servers, and the SDK takes a tenth of a worker's start.
      const { answerClient } = await import('./answer-client.ts')
      await answerClient({ upstream, recorder: trial.recorder }, request, response)
      return true
    },
  }
}

function nameIn(path: string): string {
  try {
    return decodeURIComponent(path.slice(MCP_PATH.length))
  } catch {
    return ''
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const body = { jsonrpc: '2.0', error: { code: -32_000, message }, id: null }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
