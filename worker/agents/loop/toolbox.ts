import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import type { CallPart } from './log-entry.ts'
import { failed, type Tool, type ToolResult, type ToolUse } from './tool.ts'

/** As every provider of the AI SDK takes them. */
export function functionTools(tools: readonly Tool[]): LanguageModelV4FunctionTool[] {
  return tools.map(({ name, description, schema }) => ({
    type: 'function',
    name,
    description,
    inputSchema: schema,
  }))
}

/** @throws Failure for faults of the infrastructure; what the model did wrong is a failed result. */
export async function useTool(
  tools: readonly Tool[],
  { name, input }: Pick<CallPart, 'name' | 'input'>,
  use: ToolUse,
): Promise<ToolResult> {
  const tool = tools.find((candidate) => candidate.name === name)
  if (tool === undefined) {
    const names = tools.map((candidate) => candidate.name).join(', ')
    return failed(`There is no tool ${name}. There are ${names}.`)
  }
  const parsed = parseInput(input)
  if (parsed === null) {
    return failed('The input of this call is no JSON; it may have been cut. Call again, shorter.')
  }
  return tool.run(parsed.value, use)
}

/** A model that gives no input means an empty one. */
function parseInput(input: string): { readonly value: unknown } | null {
  if (input.trim() === '') return { value: {} }
  try {
    return { value: JSON.parse(input) }
  } catch {
    return null
  }
}
