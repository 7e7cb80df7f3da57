import type { DialectName } from '../../core/model-call.ts'
import type { JsonObject } from './dialects/dialect.ts'

/** The members of a request's body that limit its answer to so many tokens, as its dialect has them. */
export function outputCap(dialect: DialectName, body: JsonObject, tokens: number): JsonObject {
  switch (dialect) {
    case 'anthropic-messages':
      return { max_tokens: tokens }
    case 'openai-responses':
      return { max_output_tokens: tokens }
    case 'openai-chat':
      return 'max_tokens' in body ? { max_tokens: tokens } : { max_completion_tokens: tokens }
    case 'gemini':
      return {
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
