import { conversation } from '../conversation.ts'
import type { CanonicalRequest, JsonObject, Parsed } from '../dialect.ts'
import { effortOf, effortOfBudget } from '../effort.ts'
import { isObject, readBody } from '../read-body.ts'
import { commonOptions, given, jsonSchema } from '../request-options.ts'
import type { Translation } from '../translation.ts'
import { body, type GenerationConfig, generationConfig } from './gemini-body.ts'
import { inCamelCase, jsonSchemaOfGemini } from './gemini-json.ts'
import { addContents, addSystem } from './gemini-prompt.ts'
import { toolChoiceOf, toolsOf } from './gemini-tools.ts'

/** @throws Failure `input.invalid` naming what Gemini's API does not allow. */
export function parseGemini(json: JsonObject, translation: Translation): Parsed {
  // A request to count tokens may wrap the one that it is about.
  const wrapped = isObject(json.generateContentRequest) ? json.generateContentRequest : json
  const request = readBody(body, inCamelCase(wrapped))
  translation.loseOthers(request, [...Object.keys(body.shape), 'model'])
  const talk = conversation(translation)
  addSystem(request.systemInstruction, talk, translation)
  addContents(request.contents, talk, translation)
  const config = request.generationConfig ?? {}
  const known = Object.keys(generationConfig.shape).filter((key) => key !== 'candidateCount')
  const isOne = config.candidateCount === 1
  translation.loseOthers(config, isOne ? [...known, 'candidateCount'] : known, 'generationConfig')
  const kept = <Key extends keyof GenerationConfig & string>(key: Key) => {
    const value = config[key]
    const isKept = value !== undefined && value !== null
    return isKept && translation.carries(`generationConfig.${key}`) ? value : undefined
  }
  const thinks = config.thinkingConfig?.includeThoughts === true
  const path = 'generationConfig.thinkingConfig.includeThoughts'
  const wantsThoughts = thinks && translation.carries(path)
  return {
    request: {
      prompt: talk.prompt,
      ...given({
        maxOutputTokens: config.maxOutputTokens ?? undefined,
        temperature: config.temperature ?? undefined,
        topP: config.topP ?? undefined,
        topK: kept('topK'),
        seed: kept('seed'),
        presencePenalty: kept('presencePenalty'),
        frequencyPenalty: kept('frequencyPenalty'),
        stopSequences: kept('stopSequences'),
        tools: toolsOf(request.tools, translation),
        toolChoice: toolChoiceOf(request.toolConfig, translation),
        responseFormat: formatOf(config, translation),
        reasoning: reasoningOf(config, translation),
      }),
      ...commonOptions(translation.to, {
        thoughts: wantsThoughts,
        strictSchema: config.responseJsonSchema || config.responseSchema ? false : undefined,
      }),
    },
    lost: translation.lost,
  }
}

function formatOf(
  config: GenerationConfig,
  translation: Translation,
): CanonicalRequest['responseFormat'] {
  const schema = config.responseJsonSchema ?? jsonSchemaOfGemini(config.responseSchema)
  if (schema !== undefined && schema !== null) {
    return { type: 'json', schema: readBody(jsonSchema, schema, 'generationConfig.responseSchema') }
  }
  if (config.responseMimeType !== 'application/json') return undefined
  return translation.carries('generationConfig.responseMimeType') ? { type: 'json' } : undefined
}

function reasoningOf(
  { thinkingConfig }: GenerationConfig,
  translation: Translation,
): CanonicalRequest['reasoning'] {
  const path = 'generationConfig.thinkingConfig'
  if (!thinkingConfig) return undefined
  const known = ['includeThoughts', 'thinkingBudget', 'thinkingLevel']
  translation.loseOthers(thinkingConfig, known, path)
  const level = effortOf(thinkingConfig.thinkingLevel)
  const budget = thinkingConfig.thinkingBudget
  if (typeof budget !== 'number') return level
  translation.carries(`${path}.thinkingBudget`)
  return level ?? effortOfBudget(budget)
}
