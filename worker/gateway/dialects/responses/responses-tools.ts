import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { RenamedTool } from '../dialect.ts'
import { readBody } from '../read-body.ts'
import { type JsonSchema, jsonSchema, TEXT_TOOL_SCHEMA } from '../request-options.ts'

/** Longest name of a tool that every vendor takes. */
const MAX_NAME_LENGTH = 64

/** A tool that any model can be given, and how the agent knows it. */
export interface PortableTool extends RenamedTool {
  readonly nameForModel: string
  readonly description: string | undefined
  readonly schema: JsonSchema
  readonly strict: boolean | undefined
  readonly path: string
  readonly raw: { readonly [key: string]: unknown }
}

const anyTool = z.looseObject({ type: z.string() })
const functionTool = z.looseObject({
  type: z.literal('function'),
  name: z.string(),
  description: z.string().nullish(),
  parameters: jsonSchema.nullish(),
  strict: z.boolean().nullish(),
})
const customTool = z.looseObject({
  type: z.literal('custom'),
  name: z.string(),
  description: z.string().nullish(),
})
const namespace = z.looseObject({ name: z.string(), tools: z.array(anyTool) })

/**
 * The tools of a request that other models can use, namespaces unfolded.
 *
 * @param lose is told the path of each tool that only OpenAI itself can run.
 * @throws Failure `input.invalid` for a tool that lacks what its type needs.
 */
export function portableTools(
  tools: unknown,
  lose: (path: string) => void = () => undefined,
): PortableTool[] {
  const list = readBody(z.array(anyTool).nullish(), tools, 'tools') ?? []
  return list.flatMap((tool, index) => {
    const path = `tools[${index}]`
    if (tool.type !== 'namespace') return portable(tool, path, null, lose)
    const { name, tools: inner } = readBody(namespace, tool, path)
    return inner.flatMap((one, at) => portable(one, `${path}.tools[${at}]`, name, lose))
  })
}

function portable(
  tool: z.infer<typeof anyTool>,
  path: string,
  space: string | null,
  lose: (path: string) => void,
): PortableTool[] {
  if (tool.type === 'function') {
    const { name, description, parameters, strict } = readBody(functionTool, tool, path)
    return [
      {
        name,
        namespace: space,
        kind: 'function',
        nameForModel: nameForModel(name, space),
        description: description ?? undefined,
        schema: parameters ?? { type: 'object', properties: {} },
        strict: strict ?? undefined,
        path,
        raw: tool,
      },
    ]
  }
  if (tool.type === 'custom') {
    const { name, description } = readBody(customTool, tool, path)
    return [
      {
        name,
        namespace: space,
        kind: 'text',
        nameForModel: nameForModel(name, space),
        description: description ?? undefined,
        schema: TEXT_TOOL_SCHEMA,
        strict: undefined,
        path,
        raw: tool,
      },
    ]
  }
  lose(`${path}.type`)
  return []
}

/** One name for a tool and its namespace, in letters and length that every vendor takes. */
export function nameForModel(name: string, space: string | null | undefined): string {
  if (!space) return name
  const whole = `${space}${space.endsWith('__') ? '' : '__'}${name}`.replace(/[^\w-]/g, '_')
  if (whole.length <= MAX_NAME_LENGTH) return whole
  const digest = createHash('sha256').update(whole).digest('hex').slice(0, 8)
  return `${whole.slice(0, MAX_NAME_LENGTH - 9)}_${digest}`
}

/** The tools that the agent knows by another name or kind than the model. */
export function renamedTools(tools: unknown): { readonly [nameForModel: string]: RenamedTool } {
  const renamed = portableTools(tools).filter(
    (tool) => tool.kind === 'text' || tool.namespace !== null,
  )
  return Object.fromEntries(
    renamed.map(({ nameForModel: given, name, namespace: space, kind }) => [
      given,
      { name, namespace: space, kind },
    ]),
  )
}
