import type { DialectName } from '../../core/model-call.ts'
import type { JsonObject } from './dialects/dialect.ts'

/** A request's body with its answer limited to so many tokens, in the field that its dialect has for it. */
export function capOutput(dialect: DialectName, body: JsonObject, tokens: number): JsonObject {
  switch (dialect) {
    case 'anthropic-messages':
      return { ...body, max_tokens: tokens }
    case 'openai-responses':
      return { ...body, max_output_tokens: tokens }
    case 'openai-chat':
      return 'max_tokens' in body
        ? { ...body, max_tokens: tokens }
        : { ...body, max_completion_tokens: tokens }
    case 'gemini':
      return {
        ...body,
        generationConfig: { ...objectAt(body, 'generationConfig'), maxOutputTokens: tokens },
      }
  }
}

/** The least that an answer must be allowed for the provider to take the request at all. */
export function leastOutput(body: JsonObject): number {
  const budget = objectAt(body, 'thinking').budget_tokens
  return typeof budget === 'number' ? budget + 1 : 1
}

function objectAt(body: JsonObject, key: string): JsonObject {
  const value = body[key]
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** Some dialects can ask for several answers at once, each of which costs. */
export function wantsSeveralAnswers(body: JsonObject): boolean {
  const count = body.n ?? objectAt(body, 'generationConfig').candidateCount
  return typeof count === 'number' && count > 1
}
