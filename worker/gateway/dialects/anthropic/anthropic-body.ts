import { z } from 'zod'

export const cacheControl = z.looseObject({
  type: z.literal('ephemeral'),
  ttl: z.string().optional(),
})

export const marked = { cache_control: cacheControl.nullish() }

export const block = z.looseObject({ type: z.string() })

export const textBlock = z.looseObject({ type: z.literal('text'), text: z.string(), ...marked })

export const content = z.union([z.string(), z.array(block)])

export const source = z.discriminatedUnion('type', [
  z.object({ type: z.literal('base64'), media_type: z.string(), data: z.string() }),
  z.object({ type: z.literal('url'), url: z.string() }),
  z.object({ type: z.literal('text'), media_type: z.string().optional(), data: z.string() }),
  z.object({ type: z.literal('file'), file_id: z.string() }),
  z.object({ type: z.literal('content'), content }),
])

export const body = z.looseObject({
  messages: z.array(z.looseObject({ role: z.enum(['user', 'assistant', 'system']), content })),
  system: z.union([z.string(), z.array(textBlock)]).nullish(),
  max_tokens: z.number().optional(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  top_k: z.number().nullish(),
  stop_sequences: z.array(z.string()).nullish(),
  tools: z.array(z.looseObject({ type: z.string().nullish(), name: z.string() })).nullish(),
  tool_choice: z
    .looseObject({
      type: z.enum(['auto', 'any', 'tool', 'none']),
      name: z.string().optional(),
      disable_parallel_tool_use: z.boolean().nullish(),
    })
    .nullish(),
  thinking: z.looseObject({ type: z.string(), budget_tokens: z.number().nullish() }).nullish(),
  output_config: z
    .looseObject({ effort: z.string().nullish(), format: z.unknown().optional() })
    .nullish(),
  output_format: z.unknown().optional(),
  ...marked,
})

export type Body = z.infer<typeof body>
