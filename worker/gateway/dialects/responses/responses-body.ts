import { z } from 'zod'

export const item = z.looseObject({ type: z.string().optional(), role: z.string().optional() })

export const piece = z.looseObject({ type: z.string() })

export const content = z.union([z.string(), z.array(piece)])

export const body = z.looseObject({
  input: z.union([z.string(), z.array(item)]).nullish(),
  instructions: z.string().nullish(),
  max_output_tokens: z.number().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  tools: z.array(piece).nullish(),
  tool_choice: z.union([z.string(), piece]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  reasoning: z
    .looseObject({ effort: z.string().nullish(), summary: z.string().nullish() })
    .nullish(),
  text: z.looseObject({ format: piece.nullish(), verbosity: z.string().nullish() }).nullish(),
  store: z.boolean().nullish(),
  include: z.array(z.string()).nullish(),
  user: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  prompt_cache_key: z.string().nullish(),
  service_tier: z.string().nullish(),
})

export type Body = z.infer<typeof body>
