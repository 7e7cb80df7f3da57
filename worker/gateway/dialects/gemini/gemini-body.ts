import { z } from 'zod'

const inlineData = z.looseObject({ mimeType: z.string(), data: z.string() })

const fileData = z.looseObject({ mimeType: z.string().nullish(), fileUri: z.string() })

const media = { inlineData: inlineData.nullish(), fileData: fileData.nullish() }

export const functionResponse = z.looseObject({
  id: z.string().nullish(),
  name: z.string(),
  response: z.record(z.string(), z.json()).nullish(),
  parts: z.array(z.looseObject(media)).nullish(),
})

export const part = z.looseObject({
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

export type Part = z.infer<typeof part>

export const contents = z.looseObject({
  role: z.string().nullish(),
  parts: z.array(part).nullish(),
})

export const generationConfig = z.looseObject({
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

export const body = z.looseObject({
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

export type Body = z.infer<typeof body>

export type GenerationConfig = z.infer<typeof generationConfig>
