import { z } from 'zod'
import type { CanonicalRequest } from '../dialect.ts'
import { readBody } from '../read-body.ts'
import { given, jsonSchema, TEXT_TOOL_SCHEMA, type ToolList } from '../request-options.ts'
import type { Translation } from '../translation.ts'
import type { Body } from './chat-body.ts'

const functionTool = z.looseObject({
  function: z.looseObject({
    name: z.string(),
    description: z.string().nullish(),
    parameters: jsonSchema.nullish(),
    strict: z.boolean().nullish(),
  }),
})

const customTool = z.looseObject({
  custom: z.looseObject({
    name: z.string(),
    description: z.string().nullish(),
    format: z.unknown().optional(),
  }),
})

export function toolsOf(tools: Body['tools'], translation: Translation): ToolList | undefined {
  const list = tools?.flatMap((tool, index): ToolList => {
    const path = `tools[${index}]`
    if (tool.type === 'function') {
      const { name, description, parameters, strict } = readBody(functionTool, tool, path).function
      const isStrict = strict === true && translation.carries(`${path}.function.strict`)
      return [
        {
          type: 'function',
          name,
          inputSchema: parameters ?? { type: 'object', properties: {} },
          ...given({
            description: description ?? undefined,
            strict: isStrict || undefined,
          }),
        },
      ]
    }
    if (tool.type === 'custom') {
      const { name, description, format } = readBody(customTool, tool, path).custom
      if (format !== undefined) translation.lose(`${path}.custom.format`)
      const inputSchema = TEXT_TOOL_SCHEMA
      return [
        {
          type: 'function',
          name,
          inputSchema,
          ...given({ description: description ?? undefined }),
        },
      ]
    }
    translation.lose(`${path}.type`)
    return []
  })
  return list === undefined || list.length === 0 ? undefined : list
}

const named = z.looseObject({ name: z.string() })

const oneTool = z.looseObject({ function: named.optional(), custom: named.optional() })

const allowed = z.looseObject({ allowed_tools: z.looseObject({ mode: z.string() }) })

export function toolChoiceOf(
  choice: Body['tool_choice'],
  translation: Translation,
): CanonicalRequest['toolChoice'] {
  if (choice === undefined || choice === null) return undefined
  if (typeof choice === 'string') {
    return { type: readBody(z.enum(['auto', 'none', 'required']), choice, 'tool_choice') }
  }
  if (choice.type === 'allowed_tools') {
    translation.lose('tool_choice.allowed_tools')
    const { mode } = readBody(allowed, choice, 'tool_choice').allowed_tools
    return { type: mode === 'required' ? 'required' : 'auto' }
  }
  const { function: called, custom } = readBody(oneTool, choice, 'tool_choice')
  const toolName = (called ?? custom)?.name
  return toolName === undefined ? { type: 'required' } : { type: 'tool', toolName }
}
