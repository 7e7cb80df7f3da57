import type { SharedV4ProviderOptions } from '@ai-sdk/provider'
import { z } from 'zod'
import type { CanonicalRequest } from './dialect.ts'

type FunctionTool = Extract<NonNullable<CanonicalRequest['tools']>[number], { type: 'function' }>
export type ToolList = NonNullable<CanonicalRequest['tools']>
export type JsonSchema = FunctionTool['inputSchema']

/** A JSON schema is handed on unread: what it may hold is between the agent and the provider. */
export const jsonSchema = z.custom<JsonSchema>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected a JSON schema',
)

/** Without the fields that are undefined, so that a request says only what the agent said. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

/** Options for providers, without providers for which there are none. */
export function providerOptionsOf(options: {
  readonly [provider: string]: { readonly [name: string]: unknown }
}): { providerOptions?: SharedV4ProviderOptions } {
  const kept: [string, SharedV4ProviderOptions[string]][] = []
  for (const [provider, fields] of Object.entries(options)) {
    const values = z.record(z.string(), z.json()).parse(given(fields))
    if (Object.keys(values).length > 0) kept.push([provider, values])
  }
  return kept.length === 0 ? {} : { providerOptions: Object.fromEntries(kept) }
}

/** What a tool that takes a single text looks like to models that know functions alone. */
export const TEXT_TOOL_SCHEMA: JsonSchema = {
  type: 'object',
  properties: { input: { type: 'string' } },
  required: ['input'],
  additionalProperties: false,
}
