import { z } from 'zod'
import type { CanonicalRequest } from '../dialect.ts'
import { readBody } from '../read-body.ts'
import { given, jsonSchema, type ToolList } from '../request-options.ts'
import type { Translation } from '../translation.ts'
import type { Body } from './gemini-body.ts'
import { jsonSchemaOfGemini } from './gemini-json.ts'

const declaration = z.looseObject({
  name: z.string(),
  description: z.string().nullish(),
  parameters: z.unknown().optional(),
  parametersJsonSchema: z.unknown().optional(),
})

export function toolsOf(tools: Body['tools'], translation: Translation): ToolList | undefined {
  const list = tools?.flatMap((tool, at): ToolList => {
    translation.loseOthers(tool, ['functionDeclarations'], `tools[${at}]`)
    return (tool.functionDeclarations ?? []).map((value, index) => {
      const path = `tools[${at}].functionDeclarations[${index}]`
      const one = readBody(declaration, value, path)
      translation.loseOthers(one, Object.keys(declaration.shape), path)
      const schema = one.parametersJsonSchema ?? jsonSchemaOfGemini(one.parameters)
      return {
        type: 'function',
        name: one.name,
        inputSchema: readBody(jsonSchema, schema ?? { type: 'object', properties: {} }, path),
        ...given({ description: one.description ?? undefined }),
      }
    })
  })
  return list === undefined || list.length === 0 ? undefined : list
}

export function toolChoiceOf(
  config: Body['toolConfig'],
  translation: Translation,
): CanonicalRequest['toolChoice'] {
  if (config) translation.loseOthers(config, ['functionCallingConfig'], 'toolConfig')
  const { mode, allowedFunctionNames: names } = config?.functionCallingConfig ?? {}
  switch (mode?.toUpperCase()) {
    case 'NONE':
      return { type: 'none' }
    case 'ANY': {
      const [only, ...more] = names ?? []
      if (only !== undefined && more.length === 0) return { type: 'tool', toolName: only }
      if (only !== undefined)
        translation.lose('toolConfig.functionCallingConfig.allowedFunctionNames')
      return { type: 'required' }
    }
    case 'AUTO':
    case 'VALIDATED':
      return { type: 'auto' }
    default:
      return undefined
  }
}
