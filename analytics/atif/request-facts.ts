/** What a request to a model says beside its newest turn, whatever its dialect. */
export interface RequestFacts {
  readonly system: string
  /** The first message of the user. */
  readonly user: string
  /** Functions as OpenAI's chat API writes them. */
  readonly tools: readonly Readonly<Record<string, unknown>>[]
}

type Json = Readonly<Record<string, unknown>>

/** Reads the four dialects by their fields; what is not there is empty. */
export function requestFacts(request: string): RequestFacts {
  const body = objectOf(request)
  const turns = [...list(body.messages), ...list(body.input), ...list(body.contents)].map(record)
  const isSystem = ({ role }: Json) => role === 'system' || role === 'developer'
  const system = [
    textOf(body.system),
    textOf(body.instructions),
    textOf(record(body.systemInstruction ?? body.system_instruction).parts),
    ...turns.filter(isSystem).map(({ content }) => textOf(content)),
  ]
  const first = turns.find(({ role }) => role === 'user')
  const user = typeof body.input === 'string' ? body.input : textOf(first?.content ?? first?.parts)
  return {
    system: system.filter((text) => text !== '').join('\n\n'),
    user,
    tools: list(body.tools).map(record).flatMap(functionsOf),
  }
}

/** What tools answered, by the id of the call: all that the request still holds. */
export function toolResultsIn(request: string): Map<string, string> {
  const results = new Map<string, string>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return
    const one = record(value)
    const id =
      one.type === 'tool_result'
        ? one.tool_use_id
        : one.role === 'tool'
          ? one.tool_call_id
          : one.type === 'function_call_output' || one.type === 'custom_tool_call_output'
            ? one.call_id
            : undefined
    if (typeof id === 'string') results.set(id, textOf(one.content ?? one.output))
    else if (one.functionResponse !== undefined) {
      const { id: own, name, response } = record(one.functionResponse)
      results.set(String(own ?? name), textOf(response) || JSON.stringify(response ?? null))
    } else for (const item of Object.values(one)) visit(item)
  }
  const body = objectOf(request)
  visit([body.messages, body.input, body.contents])
  return results
}

function functionsOf(tool: Json): Json[] {
  const declared = list(tool.functionDeclarations ?? tool.function_declarations).map(record)
  if (declared.length > 0) return declared.map(asFunction)
  if (tool.function !== undefined) return [tool]
  return typeof tool.name === 'string' ? [asFunction(tool)] : []
}

function asFunction({ name, description, ...tool }: Json): Json {
  const parameters =
    tool.input_schema ?? tool.parameters ?? tool.parametersJsonSchema ?? tool.parameters_json_schema
  return {
    type: 'function',
    function: {
      name,
      ...(description === undefined ? {} : { description }),
      ...(parameters === undefined ? {} : { parameters }),
    },
  }
}

/** The text in a text, in a part, or in a list of parts. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(textOf).join('')
  const { text, content, output } = record(value)
  return typeof text === 'string' ? text : textOfField(content ?? output)
}

const textOfField = (value: unknown): string => (value === undefined ? '' : textOf(value))

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const record = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}

function objectOf(request: string): Json {
  try {
    return record(JSON.parse(request))
  } catch {
    return {}
  }
}
