import { z } from 'zod'
import { optionsOf } from '../conversation.ts'
import type { CanonicalRequest } from '../dialect.ts'
import { readBody } from '../read-body.ts'
import { given, jsonSchema, type ToolList } from '../request-options.ts'
import { carried, type Translation } from '../translation.ts'
import { type Body, marked } from './anthropic-body.ts'
import { markOf } from './anthropic-parts.ts'

const customTool = z.looseObject({
  name: z.string(),
  description: z.string().nullish(),
  input_schema: jsonSchema,
  strict: z.boolean().nullish(),
  input_examples: z.array(z.record(z.string(), z.json())).nullish(),
  ...marked,
})

export function toolsOf(tools: Body['tools'], translation: Translation): ToolList | undefined {
  const list = tools?.flatMap((tool, index): ToolList => {
    const path = `tools[${index}]`
    if (tool.type && tool.type !== 'custom') {
      translation.lose(`${path}.type`)
      return []
    }
    const custom = readBody(customTool, tool, path)
    translation.loseOthers(custom, ['type', ...Object.keys(customTool.shape)], path)
    const examples = carried(custom.input_examples, `${path}.input_examples`, translation)
    return [
      {
        type: 'function',
        name: custom.name,
        inputSchema: custom.input_schema,
        ...given({
          description: custom.description ?? undefined,
          strict: carried(custom.strict || null, `${path}.strict`, translation),
          inputExamples: examples?.map((input) => ({ input })),
        }),
        ...optionsOf(markOf(custom, path, translation)),
      },
    ]
  })
  return list === undefined || list.length === 0 ? undefined : list
}

export function parallelOf(
  choice: Body['tool_choice'],
  translation: Translation,
): boolean | undefined {
  const isDisabled = choice?.disable_parallel_tool_use
  if (isDisabled === undefined || isDisabled === null) return undefined
  return translation.carries('tool_choice.disable_parallel_tool_use') ? !isDisabled : undefined
}

export function toolChoiceOf(choice: Body['tool_choice']): CanonicalRequest['toolChoice'] {
  switch (choice?.type) {
    case 'auto':
    case 'none':
      return { type: choice.type }
    case 'any':
      return { type: 'required' }
    case 'tool':
      return choice.name === undefined
        ? { type: 'required' }
        : { type: 'tool', toolName: choice.name }
    case undefined:
      return undefined
  }
}
