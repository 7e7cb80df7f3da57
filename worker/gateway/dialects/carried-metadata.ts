import type { SharedV4ProviderMetadata } from '@ai-sdk/provider'
import { z } from 'zod'
import type { DialectName } from '../../../core/model-call.ts'

/**
 * What providers want to see again in the next request (signatures of reasoning, signatures of tool
 * calls) and other dialects have no field for travels through the agent in the fields that every
 * agent hands back unread: the signature of a reasoning block and the id of a tool call.
 */
export type ProviderMetadata = SharedV4ProviderMetadata

const REASONING_MARK = 'sbench1.'
const TOOL_ID_MARK = '__sig_'

// An agent may have written it: only these get through, and only into its own request.
const carried = z.object({
  anthropic: z
    .object({ signature: z.string().optional(), redactedData: z.string().optional() })
    .optional(),
  openai: z
    .object({
      itemId: z.string().optional(),
      reasoningEncryptedContent: z.string().nullable().optional(),
    })
    .optional(),
  google: z.object({ thoughtSignature: z.string().optional() }).optional(),
})

const KEYS = {
  'anthropic-messages': 'anthropic',
  'openai-responses': 'openai',
  gemini: 'google',
} as const

/**
 * Whether the provider that a request goes to wrote the reasoning. One of Chat Completions signs
 * nothing: its reasoning is what we sealed without a signature.
 *
 * @param opaque the signature that the agent handed back; empty for none.
 */
export function isTheirs(
  metadata: ProviderMetadata,
  opaque: string,
  to: DialectName | null,
): boolean {
  if (to === null) return true
  if (to === 'openai-chat') return isSealed(opaque) && !isWorthCarrying(metadata)
  return metadata[KEYS[to]] !== undefined
}

export function seal(metadata: ProviderMetadata): string {
  const text = JSON.stringify(carried.safeParse(metadata).data ?? {})
  return `${REASONING_MARK}${Buffer.from(text).toString('base64url')}`
}

function isSealed(text: string): boolean {
  return text.startsWith(REASONING_MARK)
}

/** Null for what is not sealed by us: then it is the vendor's own. */
export function unseal(text: string): ProviderMetadata | null {
  if (!isSealed(text)) return null
  const json = Buffer.from(text.slice(REASONING_MARK.length), 'base64url').toString()
  return withoutGaps(parseOrNull(json))
}

/** The id by which the agent gets to know a tool call. */
export function toolIdForAgent(id: string, metadata: ProviderMetadata): string {
  const signature = metadata.google?.thoughtSignature
  if (typeof signature !== 'string') return id
  return `${id}${TOOL_ID_MARK}${Buffer.from(signature).toString('base64url')}`
}

/** The id that the provider gave the call, and what it wants to see again with it. */
export function toolIdFromAgent(id: string): {
  readonly id: string
  readonly metadata: ProviderMetadata | null
} {
  const at = id.lastIndexOf(TOOL_ID_MARK)
  if (at < 0) return { id, metadata: null }
  const encoded = id.slice(at + TOOL_ID_MARK.length)
  const thoughtSignature = Buffer.from(encoded, 'base64url').toString()
  return { id: id.slice(0, at), metadata: { google: { thoughtSignature } } }
}

/** `later` wins, field by field; null never does. */
export function mergeMetadata(earlier: ProviderMetadata, later: ProviderMetadata | undefined) {
  const merged: ProviderMetadata = { ...earlier }
  for (const [provider, fields] of Object.entries(later ?? {})) {
    const known = Object.entries(fields).filter(([, value]) => value !== null)
    merged[provider] = { ...merged[provider], ...Object.fromEntries(known) }
  }
  return merged
}

/** Whether there is anything in it that a provider wants to see again. */
export function isWorthCarrying(metadata: ProviderMetadata): boolean {
  const { anthropic, openai, google } = carried.safeParse(metadata).data ?? {}
  return (
    anthropic?.signature !== undefined ||
    anthropic?.redactedData !== undefined ||
    typeof openai?.reasoningEncryptedContent === 'string' ||
    google?.thoughtSignature !== undefined
  )
}

function parseOrNull(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

function withoutGaps(value: unknown): ProviderMetadata {
  const { anthropic, openai, google } = carried.safeParse(value).data ?? {}
  const metadata: ProviderMetadata = {}
  if (anthropic !== undefined) metadata.anthropic = { ...anthropic }
  if (openai !== undefined) metadata.openai = { ...openai }
  if (google !== undefined) metadata.google = { ...google }
  return mergeMetadata({}, metadata)
}
