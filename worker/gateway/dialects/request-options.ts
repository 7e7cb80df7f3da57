import type { SharedV4ProviderOptions } from '@ai-sdk/provider'
import { z } from 'zod'
import type { DialectName } from '../../../core/model-call.ts'
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
function providerOptionsOf(options: {
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

/** What a request says that the AI SDK has no common field for. */
export interface CommonOptions {
  readonly parallelToolCalls?: boolean | undefined
  /** Whether the agent wants to read what the model thinks. */
  readonly thoughts?: boolean | undefined
  readonly user?: string | undefined
  readonly metadata?: { readonly [name: string]: string } | undefined
  readonly promptCacheKey?: string | undefined
  readonly serviceTier?: string | undefined
  readonly verbosity?: string | undefined
  readonly strictSchema?: boolean | undefined
  /** Of the request as a whole, for Anthropic. */
  readonly cacheMark?: SharedV4ProviderOptions | undefined
}

/** The same for the provider of each dialect, in the words of the AI SDK's package for it. */
export function commonOptions(
  to: DialectName | null,
  options: CommonOptions,
): { providerOptions?: SharedV4ProviderOptions } {
  const { parallelToolCalls, thoughts, user, metadata, verbosity: textVerbosity } = options
  const { promptCacheKey, serviceTier, strictSchema: strictJsonSchema } = options
  const isResponses = to === 'openai-responses'
  return providerOptionsOf({
    anthropic: {
      ...options.cacheMark?.anthropic,
      disableParallelToolUse: parallelToolCalls === false ? true : undefined,
    },
    google: { thinkingConfig: thoughts === true ? { includeThoughts: true } : undefined },
    openai: {
      parallelToolCalls,
      user,
      metadata,
      promptCacheKey,
      serviceTier,
      textVerbosity,
      strictJsonSchema,
      store: isResponses ? false : undefined,
      reasoningSummary: isResponses && thoughts === true ? 'auto' : undefined,
    },
    // This package hands on what it does not know, so that is in the words of the API.
    openaiCompatible: {
      parallel_tool_calls: parallelToolCalls,
      user,
      metadata,
      prompt_cache_key: promptCacheKey,
      service_tier: serviceTier,
      textVerbosity,
      strictJsonSchema,
    },
  })
}
