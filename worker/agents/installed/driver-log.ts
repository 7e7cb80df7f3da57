import { z } from 'zod'
import type { AgentLog, LogLine } from './agent-log.ts'

/** What our own drivers of Python agents say, one JSON object a line. */
const entry = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('message'),
    text: z.string(),
    answer: z.string(),
    reasoning: z.boolean().default(false),
  }),
  z.object({
    type: z.literal('tool-call'),
    id: z.string(),
    name: z.string(),
    input: z.string(),
    answer: z.string(),
  }),
  z.object({
    type: z.literal('tool-result'),
    id: z.string(),
    text: z.string(),
    error: z.boolean(),
  }),
  z.object({
    type: z.literal('end'),
    reason: z.enum(['done', 'turns', 'failed']),
    detail: z.string(),
  }),
])

const OUTCOMES = { done: 'scored', turns: 'budget', failed: 'agent-error' } as const

/** Reads a line of a driver. */
export function readDriverLine(line: LogLine, log: AgentLog) {
  const { data } = entry.safeParse(line)
  switch (data?.type) {
    case 'message':
      return log.message(data.text, {
        answer: data.answer,
        meta: data.reasoning ? { reasoning: true } : {},
      })
    case 'tool-call':
      return log.toolCall(data.id, data.name, { input: data.input, answer: data.answer })
    case 'tool-result':
      return log.toolResult(data.id, data.text, { isError: data.error })
    case 'end':
      if (data.reason === 'failed') log.error(data.detail)
      log.end = { outcome: OUTCOMES[data.reason], detail: data.detail.slice(0, 500) }
      return
    case undefined:
      return log.output(JSON.stringify(line))
  }
}
