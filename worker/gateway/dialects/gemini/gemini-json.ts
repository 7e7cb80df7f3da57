import { isObject } from '../read-body.ts'

// What a user or a model wrote keeps its spelling.
const OPAQUE = [
  'args',
  'response',
  'parameters',
  'parametersJsonSchema',
  'responseSchema',
  'responseJsonSchema',
  'labels',
]

/** Google's API takes both spellings of a field's name; here is only `camelCase` read. */
export function inCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inCamelCase)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      const key = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
      return [key, OPAQUE.includes(key) ? field : inCamelCase(field)]
    }),
  )
}

const SCHEMAS_BY_NAME = ['properties', '$defs', 'definitions', 'patternProperties']
const NUMBERS = ['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties']

/**
 * A schema in Google's own words (`parameters`, `responseSchema`) as a JSON schema: types in capitals,
 * lengths as strings, `nullable`.
 *
 * @see https://ai.google.dev/api/caching#Schema
 */
export function jsonSchemaOfGemini(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(jsonSchemaOfGemini)
  if (!isObject(schema)) return schema
  const { nullable, ...rest } = schema
  const entries = Object.entries(rest).map(([key, value]) => [key, fieldOfSchema(key, value)])
  const converted = Object.fromEntries(entries)
  if (nullable !== true) return converted
  if (typeof converted.type === 'string') return { ...converted, type: [converted.type, 'null'] }
  return { anyOf: [converted, { type: 'null' }] }
}

function fieldOfSchema(key: string, value: unknown): unknown {
  if (key === 'type' && typeof value === 'string') return value.toLowerCase()
  if (key === 'enum' || key === 'default' || key === 'example' || key === 'required') return value
  if (NUMBERS.includes(key) && typeof value === 'string') return Number(value)
  if (SCHEMAS_BY_NAME.includes(key) && isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, schema]) => [name, jsonSchemaOfGemini(schema)]),
    )
  }
  return jsonSchemaOfGemini(value)
}
