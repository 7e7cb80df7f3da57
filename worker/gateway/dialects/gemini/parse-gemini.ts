import { z } from 'zod'
import { isTheirs, type ProviderMetadata, unseal } from '../carried-metadata.ts'
import {
  type Conversation,
  conversation,
  optionsOf,
  outputOf,
  type ToolOutput,
  type ToolOutputContent,
  type UserParts,
} from '../conversation.ts'
import type { CanonicalRequest, JsonObject, Parsed } from '../dialect.ts'
import { effortOf, effortOfBudget } from '../effort.ts'
import { type FilePart, fileOfUrl, fileOrNote } from '../media.ts'
import { isObject, readBody } from '../read-body.ts'
import { commonOptions, given, jsonSchema, type ToolList } from '../request-options.ts'
import type { Translation } from '../translation.ts'
import { inCamelCase, jsonSchemaOfGemini } from './gemini-json.ts'

const inlineData = z.looseObject({ mimeType: z.string(), data: z.string() })
const fileData = z.looseObject({ mimeType: z.string().nullish(), fileUri: z.string() })
const media = { inlineData: inlineData.nullish(), fileData: fileData.nullish() }
const functionResponse = z.looseObject({
  id: z.string().nullish(),
  name: z.string(),
  response: z.record(z.string(), z.json()).nullish(),
  parts: z.array(z.looseObject(media)).nullish(),
})
const part = z.looseObject({
  text: z.string().nullish(),
  thought: z.boolean().nullish(),
  thoughtSignature: z.string().nullish(),
  functionCall: z
    .looseObject({
      id: z.string().nullish(),
      name: z.string(),
      args: z.record(z.string(), z.json()).nullish(),
    })
    .nullish(),
  functionResponse: functionResponse.nullish(),
  ...media,
})
type Part = z.infer<typeof part>

const contents = z.looseObject({ role: z.string().nullish(), parts: z.array(part).nullish() })
const generationConfig = z.looseObject({
  temperature: z.number().nullish(),
  topP: z.number().nullish(),
  topK: z.number().nullish(),
  maxOutputTokens: z.number().nullish(),
  stopSequences: z.array(z.string()).nullish(),
  seed: z.number().nullish(),
  presencePenalty: z.number().nullish(),
  frequencyPenalty: z.number().nullish(),
  candidateCount: z.number().nullish(),
  responseMimeType: z.string().nullish(),
  responseSchema: z.unknown().optional(),
  responseJsonSchema: z.unknown().optional(),
  thinkingConfig: z
    .looseObject({
      includeThoughts: z.boolean().nullish(),
      thinkingBudget: z.number().nullish(),
      thinkingLevel: z.string().nullish(),
    })
    .nullish(),
})

const body = z.looseObject({
  contents: z.union([z.array(contents), contents]),
  systemInstruction: z.union([z.string(), contents]).nullish(),
  tools: z
    .array(z.looseObject({ functionDeclarations: z.array(z.unknown().optional()).nullish() }))
    .nullish(),
  toolConfig: z
    .looseObject({
      functionCallingConfig: z
        .looseObject({
          mode: z.string().nullish(),
          allowedFunctionNames: z.array(z.string()).nullish(),
        })
        .nullish(),
    })
    .nullish(),
  generationConfig: generationConfig.nullish(),
})
type Body = z.infer<typeof body>
type GenerationConfig = z.infer<typeof generationConfig>

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

function addSystem(
  instruction: Body['systemInstruction'],
  talk: Conversation,
  translation: Translation,
): void {
  if (instruction === null || instruction === undefined) return
  if (typeof instruction === 'string') {
    talk.system(instruction, 'systemInstruction')
    return
  }
  const texts = (instruction.parts ?? []).flatMap((piece, index) => {
    if (typeof piece.text === 'string') return [piece.text]
    translation.loseOthers(piece, [], `systemInstruction.parts[${index}]`)
    return []
  })
  if (texts.length > 0) talk.system(texts.join('\n\n'), 'systemInstruction')
}

function addContents(given: Body['contents'], talk: Conversation, translation: Translation): void {
  // Gemini knows calls by name and order; ids may be missing on either side.
  const unanswered: { id: string; name: string }[] = []
  const list = Array.isArray(given) ? given : [given]
  list.forEach((content, at) => {
    const parts: UserParts = []
    const pieces = content.role === 'model' ? mergedThoughts(content.parts) : content.parts
    pieces?.forEach((piece, index) => {
      const path = `contents[${at}].parts[${index}]`
      translation.loseOthers(piece, Object.keys(part.shape), path)
      const call = piece.functionCall
      if (call) {
        const id = call.id ?? `call_${at}_${index}`
        unanswered.push({ id, name: call.name })
        talk.toolCall(id, call.name, call.args ?? {}, signatureOf(piece, path, translation))
      } else if (piece.functionResponse) {
        addResponse(piece.functionResponse, path, talk, translation, unanswered)
      } else if (content.role === 'model') {
        addAnswerPart(piece, path, talk, translation)
      } else {
        parts.push(...mediaOrText(piece, path, translation))
      }
    })
    talk.user(parts)
  })
}

/** A streamed thought comes back in pieces, its signature on any of them. */
function mergedThoughts(parts: readonly Part[] | null | undefined): Part[] {
  const merged: Part[] = []
  for (const piece of parts ?? []) {
    const last = merged.at(-1)
    if (piece.thought && last?.thought && !last.thoughtSignature) {
      merged[merged.length - 1] = {
        ...last,
        ...piece,
        text: `${last.text ?? ''}${piece.text ?? ''}`,
      }
    } else {
      merged.push(piece)
    }
  }
  return merged
}

function addAnswerPart(
  piece: Part,
  path: string,
  talk: Conversation,
  translation: Translation,
): void {
  if (piece.thought) {
    const metadata = signatureOf(piece, path, translation)
    const text = piece.text ?? ''
    const isKept = metadata !== undefined || (text !== '' && translation.carries(`${path}.text`))
    if (isKept) talk.assistant({ type: 'reasoning', text, ...optionsOf(metadata) })
    return
  }
  const options = optionsOf(signatureOf(piece, path, translation))
  for (const one of mediaOrText(piece, path, translation)) talk.assistant({ ...one, ...options })
}

/** What Google tells clients to send that have lost a signature. */
const NO_SIGNATURE = 'skip_thought_signature_validator'

/** What the other side wants to see again of what stands in a signature. */
function signatureOf(
  { thoughtSignature }: Part,
  path: string,
  translation: Translation,
): ProviderMetadata | undefined {
  if (!thoughtSignature || thoughtSignature === NO_SIGNATURE) return undefined
  const metadata = unseal(thoughtSignature) ?? { google: { thoughtSignature } }
  if (isTheirs(metadata, thoughtSignature, translation.to)) return metadata
  translation.carries(`${path}.thoughtSignature`)
  return undefined
}

function mediaOrText(piece: Part, path: string, translation: Translation): UserParts {
  if (typeof piece.text === 'string') {
    return piece.text === '' && !piece.thoughtSignature ? [] : [{ type: 'text', text: piece.text }]
  }
  return mediaParts(piece, path, translation)
}

function mediaParts(
  piece: Pick<Part, 'inlineData' | 'fileData'>,
  path: string,
  translation: Translation,
): UserParts {
  if (piece.inlineData) {
    const { mimeType: mediaType, data } = piece.inlineData
    const file: FilePart = { type: 'file', mediaType, data: { type: 'data', data } }
    return [fileOrNote(file, `${path}.inlineData`, translation)]
  }
  if (piece.fileData) {
    const { mimeType, fileUri } = piece.fileData
    const type = mimeType ?? 'application/octet-stream'
    const found = isVendorFile(fileUri) ? null : fileOfUrl(fileUri, type)
    const file: FilePart = found
      ? { ...found, mediaType: type }
      : {
          type: 'file',
          mediaType: type,
          data: { type: 'reference', reference: { google: fileUri } },
        }
    return [fileOrNote(file, `${path}.fileData`, translation)]
  }
  return []
}

/** A file that only Google can read, although it looks like any URL. */
function isVendorFile(uri: string): boolean {
  return uri.includes('generativelanguage.googleapis.com') || uri.startsWith('gs:')
}

function addResponse(
  given: z.infer<typeof functionResponse>,
  path: string,
  talk: Conversation,
  translation: Translation,
  unanswered: { id: string; name: string }[],
): void {
  const at = unanswered.findIndex(({ id, name }) =>
    given.id ? id === given.id : name === given.name,
  )
  const id = given.id ?? unanswered[at]?.id ?? given.name
  if (at >= 0) unanswered.splice(at, 1)
  translation.loseOthers(given, ['id', 'name', 'response', 'parts'], `${path}.functionResponse`)
  const files: ToolOutputContent = (given.parts ?? []).flatMap((piece, index) =>
    mediaParts(piece, `${path}.functionResponse.parts[${index}]`, translation),
  )
  const output = outputOfResponse(given.response ?? {}, given.name)
  talk.toolResult(id, files.length === 0 ? output : withFiles(output, files), path)
}

/** A response that holds one text alone, under the names that clients use, is that text. */
function outputOfResponse(
  response: Record<string, z.core.util.JSONType>,
  name: string,
): ToolOutput {
  const { name: repeated, ...rest } = response
  const fields = repeated === name ? rest : response
  const [[key, value] = [], ...more] = Object.entries(fields)
  if (more.length > 0 || value === undefined) return { type: 'json', value: response }
  if (key === 'error') {
    return typeof value === 'string' ? { type: 'error-text', value } : { type: 'error-json', value }
  }
  const isPlain = key === 'output' || key === 'content' || key === 'result'
  if (!isPlain) return { type: 'json', value: response }
  return typeof value === 'string' ? { type: 'text', value } : { type: 'json', value }
}

function withFiles(output: ToolOutput, files: ToolOutputContent): ToolOutput {
  const value = 'value' in output ? output.value : ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return outputOf([{ type: 'text', text }, ...files], false)
}

const declaration = z.looseObject({
  name: z.string(),
  description: z.string().nullish(),
  parameters: z.unknown().optional(),
  parametersJsonSchema: z.unknown().optional(),
})

function toolsOf(tools: Body['tools'], translation: Translation): ToolList | undefined {
  const list = tools?.flatMap((tool, at): ToolList => {
    translation.loseOthers(tool, ['functionDeclarations'], `tools[${at}]`)
    return (tool.functionDeclarations ?? []).map((value, index) => {
      const path = `tools[${at}].functionDeclarations[${index}]`
      const one = readBody(declaration, value, path)
      translation.loseOthers(one, Object.keys(declaration.shape), path)
      const schema = one.parametersJsonSchema ?? jsonSchemaOfGemini(one.parameters)
      return {
        type: 'function',
        name: one.name,
        inputSchema: readBody(jsonSchema, schema ?? { type: 'object', properties: {} }, path),
        ...given({ description: one.description ?? undefined }),
      }
    })
  })
  return list === undefined || list.length === 0 ? undefined : list
}

function toolChoiceOf(
  config: Body['toolConfig'],
  translation: Translation,
): CanonicalRequest['toolChoice'] {
  if (config) translation.loseOthers(config, ['functionCallingConfig'], 'toolConfig')
  const { mode, allowedFunctionNames: names } = config?.functionCallingConfig ?? {}
  switch (mode?.toUpperCase()) {
    case 'NONE':
      return { type: 'none' }
    case 'ANY': {
      const [only, ...more] = names ?? []
      if (only !== undefined && more.length === 0) return { type: 'tool', toolName: only }
      if (only !== undefined)
        translation.lose('toolConfig.functionCallingConfig.allowedFunctionNames')
      return { type: 'required' }
    }
    case 'AUTO':
    case 'VALIDATED':
      return { type: 'auto' }
    default:
      return undefined
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
