import { z } from 'zod'

/**
 * ATIF, the Agent Trajectory Interchange Format, version 1.7: unknown fields are refused, and so is
 * null in a document that we write.
 *
 * @see Harbor, RFC 0001, trajectory format.
 */
export const ATIF_VERSION = 'ATIF-v1.7'

const extra = z.record(z.string(), z.unknown()).optional()
const text = z.string().optional()
const count = z.int().optional()

const imageSource = z.strictObject({
  media_type: z.enum(['image/jpeg', 'image/png', 'image/gif', 'image/webp']),
  path: z.string(),
})
const contentPart = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({ type: z.literal('image'), source: imageSource }),
])
/** Text, or parts of text and images. */
const content = z.union([z.string(), z.array(contentPart)], 'write a text or a list of parts')

const subagentRef = z
  .strictObject({ trajectory_id: text, trajectory_path: text, session_id: text, extra })
  .refine((ref) => ref.trajectory_id !== undefined || ref.trajectory_path !== undefined, {
    error: 'needs trajectory_id or trajectory_path; session_id does not say which one',
  })

const observationResult = z.strictObject({
  source_call_id: text,
  content: content.optional(),
  subagent_trajectory_ref: z.array(subagentRef).optional(),
  extra,
})

const toolCall = z.strictObject({
  tool_call_id: z.string(),
  function_name: z.string(),
  arguments: z.record(z.string(), z.unknown()),
  extra,
})

const metrics = z.strictObject({
  prompt_tokens: count,
  completion_tokens: count,
  cached_tokens: count,
  cost_usd: z.number().optional(),
  prompt_token_ids: z.array(z.int()).optional(),
  completion_token_ids: z.array(z.int()).optional(),
  logprobs: z.array(z.number()).optional(),
  extra,
})

const isTime = (value: string) => !Number.isNaN(Date.parse(value)) && /^\d{4}-\d\d-\d\d/.test(value)
const AGENT_ONLY = [
  'model_name',
  'reasoning_effort',
  'reasoning_content',
  'tool_calls',
  'metrics',
] as const

const step = z
  .strictObject({
    step_id: z.int().min(1),
    timestamp: z.string().refine(isTime, 'write a time in ISO 8601').optional(),
    source: z.enum(['system', 'user', 'agent']),
    model_name: text,
    reasoning_effort: z.union([z.string(), z.number()]).optional(),
    message: content,
    reasoning_content: text,
    tool_calls: z.array(toolCall).optional(),
    observation: z.strictObject({ results: z.array(observationResult) }).optional(),
    metrics: metrics.optional(),
    is_copied_context: z.boolean().optional(),
    llm_call_count: z.int().min(0).optional(),
    extra,
  })
  .superRefine((one, context) => {
    const issue = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: 'custom', path, message })
    for (const field of AGENT_ONLY) {
      if (one.source === 'agent' || one[field] === undefined) continue
      issue([field], `only steps of the agent have this; this one is of the ${one.source}`)
    }
    if (one.source === 'agent' && one.llm_call_count === 0) {
      for (const field of ['metrics', 'reasoning_content'] as const) {
        if (one[field] !== undefined) issue([field], 'not in a step without a call of a model')
      }
    }
    const calls = new Set(one.tool_calls?.map(({ tool_call_id }) => tool_call_id))
    for (const [index, { source_call_id: id }] of (one.observation?.results ?? []).entries()) {
      if (id === undefined || calls.has(id)) continue
      issue(['observation', 'results', index, 'source_call_id'], 'names no tool call of this step')
    }
  })

const agent = z.strictObject({
  name: z.string(),
  version: z.string(),
  model_name: text,
  tool_definitions: z.array(z.record(z.string(), z.unknown())).optional(),
  extra,
})

const finalMetrics = z.strictObject({
  total_prompt_tokens: count,
  total_completion_tokens: count,
  total_cached_tokens: count,
  total_cost_usd: z.number().optional(),
  total_steps: z.int().min(0).optional(),
  extra,
})

/** Items are counted also when some of them have mistakes of their own: all are said at once. */
const EVEN_IF_WRONG = {
  when: ({ value }: { readonly value: unknown }) => Array.isArray(value),
}

const fields = {
  schema_version: z.literal(ATIF_VERSION),
  session_id: text,
  trajectory_id: text,
  agent,
  steps: z.array(step).min(1).superRefine(consecutive, EVEN_IF_WRONG),
  notes: text,
  final_metrics: finalMetrics.optional(),
  continued_trajectory_ref: text,
  extra,
}

const embeddedFields = z.strictObject({
  ...fields,
  trajectory_id: z.string('an embedded trajectory needs its trajectory_id'),
})
/** A trajectory within another one; it may hold further ones. */
interface Embedded extends z.output<typeof embeddedFields> {
  subagent_trajectories?: Embedded[] | undefined
}
const embedded: z.ZodType<Embedded> = z.lazy(() =>
  embeddedFields.extend({
    subagent_trajectories: z.array(embedded).superRefine(unique, EVEN_IF_WRONG).optional(),
  }),
)

/** A whole document of version 1.7. */
export const atifSchema = z.strictObject({
  ...fields,
  subagent_trajectories: z.array(embedded).superRefine(unique, EVEN_IF_WRONG).optional(),
})

export type AtifTrajectory = z.output<typeof atifSchema>
export type AtifStep = z.output<typeof step>
export type AtifObservationResult = z.output<typeof observationResult>
export type AtifToolCall = z.output<typeof toolCall>

function consecutive(
  steps: readonly (Partial<AtifStep> | undefined)[],
  context: z.RefinementCtx,
): void {
  for (const [index, step] of steps.entries()) {
    if (step?.step_id === index + 1) continue
    const message = `steps are counted from 1: write ${index + 1}`
    context.addIssue({ code: 'custom', path: [index, 'step_id'], message })
  }
}

function unique(
  all: readonly ({ trajectory_id?: string } | undefined)[],
  context: z.RefinementCtx,
): void {
  const ids = all.map((one) => one?.trajectory_id)
  for (const [index, id] of ids.entries()) {
    if (id === undefined || ids.indexOf(id) === index) continue
    context.addIssue({
      code: 'custom',
      path: [index, 'trajectory_id'],
      message: 'is there already; each embedded trajectory has its own',
    })
  }
}
