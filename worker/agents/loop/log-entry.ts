import { z } from 'zod'
import { Failure } from '../../../core/failure.ts'

/** What a provider wants to get back with a part of an answer, such as the signature of a thought. */
const providerData = z.record(z.string(), z.record(z.string(), z.json())).optional()

const answerPart = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string(), providerData }),
  z.object({ type: z.literal('reasoning'), text: z.string(), providerData }),
  z.object({
    type: z.literal('tool-call'),
    id: z.string(),
    name: z.string(),
    /** JSON as the model wrote it; may be unreadable. */
    input: z.string(),
    providerData,
  }),
])
export type AnswerPart = z.infer<typeof answerPart>
export type CallPart = Extract<AnswerPart, { type: 'tool-call' }>

const meta = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))

/**
 * What the loop writes down before and after everything it does. The conversation is what these
 * entries add up to, so a new process knows all that an earlier one knew. Turns count from 1; a
 * turn's tool calls from 0, since their ids are the model's and may come again.
 */
const logEntry = z.discriminatedUnion('type', [
  /** The shell keeps its state in this folder of the sandbox; what it said of the machine. */
  z.object({ type: z.literal('began'), shellFolder: z.string(), machine: z.string() }),
  z.object({
    type: z.literal('answered'),
    turn: z.number(),
    parts: z.array(answerPart),
    finish: z.string(),
    /** As the provider counted them; null when it did not. */
    inputTokens: z.number().nullable(),
    outputTokens: z.number().nullable(),
  }),
  z.object({ type: z.literal('call-started'), turn: z.number(), call: z.number() }),
  z.object({
    type: z.literal('call-ended'),
    turn: z.number(),
    call: z.number(),
    text: z.string(),
    failed: z.boolean(),
    meta,
  }),
  /** What the loop itself said to the model after a turn. */
  z.object({ type: z.literal('told'), turn: z.number(), text: z.string() }),
  z.object({
    type: z.literal('compacted'),
    turn: z.number(),
    summary: z.string(),
    /** First turn that stays word for word. */
    keptFrom: z.number(),
    tokensBefore: z.number(),
  }),
  z.object({
    type: z.literal('stopped'),
    turn: z.number(),
    outcome: z.enum(['scored', 'agent-timeout', 'agent-error', 'budget']),
    detail: z.string(),
  }),
])
export type LogEntry = z.infer<typeof logEntry>

/** @throws Failure `input.invalid` when another version wrote it. */
export function parseLog(entries: readonly unknown[]): LogEntry[] {
  const parsed = z.array(logEntry).safeParse(entries)
  if (parsed.success) return parsed.data
  throw new Failure('input.invalid', 'The checkpoint of this attempt is not one of this version.', {
    cause: parsed.error,
  })
}
