import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import { Failure } from '../../../core/failure.ts'
import type { McpStep } from './plan.ts'
import type { OfferedCall } from './shell-tool.ts'

/**
 * A step's use of an MCP server as a call of the tool that the agent offers for it. Agents put prefixes
 * before the server's name, and marks of their own between it and the tool's; some leave it out.
 *
 * @throws Failure `task.invalid` when the agent offers no such tool: it would go on without, and nobody
 *   would know why.
 */
export function mcpCall(
  tools: LanguageModelV4CallOptions['tools'],
  { tool, input }: McpStep,
): OfferedCall {
  const wanted = plain(tool)
  const offered = (tools ?? []).map(({ name }) => name)
  const name =
    offered.find((one) => `_${plain(one)}`.endsWith(`_${wanted}`)) ??
    offered.find((one) => one === tool.slice(tool.indexOf('/') + 1))
  if (name !== undefined) return { tool: name, input: JSON.stringify(input) }
  throw new Failure(
    'task.invalid',
    `The plan uses the MCP tool ${tool}, which the agent does not offer. It offers: ${offered.join(', ') || 'none'}.`,
    { facts: { tool } },
  )
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, '_')
