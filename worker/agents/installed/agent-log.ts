import { z } from 'zod'
import type { AgentEnd, NewEvent } from '../agent.ts'

/** One line of an agent's log: a JSON object, nothing of which is certain. */
export type LogLine = Readonly<Record<string, unknown>>

const stateSchema = z.object({
  turn: z.number().int().nonnegative(),
  turnId: z.string(),
  answered: z.boolean(),
  tools: z.record(z.string(), z.string()),
  end: z
    .object({
      outcome: z.enum(['scored', 'agent-timeout', 'agent-error', 'budget']),
      detail: z.string(),
    })
    .nullable(),
})

/** What a log must know to go on where another process stopped. */
export type LogState = z.infer<typeof stateSchema>

type Meta = NonNullable<NewEvent['meta']>

/**
 * Makes events of what an agent logs, and counts its turns: one begins with an answer of the model.
 * Where the log has ids of answers, those tell turns apart; else what comes after a tool's result does.
 */
export class AgentLog {
  private turn = 0
  private turnId = ''
  /** A tool has answered since the turn began. */
  private answered = false
  /** Names of tools by the ids of their uses, until they have answered. */
  private tools = new Map<string, string>()
  private events: NewEvent[] = []
  /** What the agent says of its own end; null while it does not. */
  end: AgentEnd | null = null

  static of(state: unknown): AgentLog {
    const { tools, ...rest } = stateSchema.parse(state)
    return Object.assign(new AgentLog(), rest, { tools: new Map(Object.entries(tools)) })
  }

  get state(): LogState {
    const { turn, turnId, answered, end } = this
    return { turn, turnId, answered, tools: Object.fromEntries(this.tools), end }
  }

  get turns(): number {
    return this.turn
  }

  /** The events since it was last asked. */
  take(): readonly NewEvent[] {
    const events = this.events
    this.events = []
    return events
  }

  /** Text of the model, or what it reasoned. @param answer id of the answer that it is part of. */
  message(body: string, { answer = '', meta = {} }: { answer?: string; meta?: Meta } = {}): void {
    if (body === '') return
    this.begin(answer)
    this.events.push({
      kind: 'message',
      turn: this.turn,
      body,
      meta: { role: 'assistant', ...meta },
    })
  }

  /** @param input as the agent logged it; what is no text becomes JSON. */
  toolCall(id: string, tool: string, { input, answer = '' }: { input: unknown; answer?: string }) {
    this.begin(answer)
    this.tools.set(id, tool)
    const meta = { id }
    this.events.push({ kind: 'tool-call', turn: this.turn, tool, body: textOf(input), meta })
  }

  toolResult(id: string, output: unknown, meta: Meta = {}): void {
    const tool = this.tools.get(id) ?? 'unknown'
    this.tools.delete(id)
    this.answered = true
    this.events.push({
      kind: 'tool-result',
      turn: Math.max(1, this.turn),
      tool,
      body: textOf(output),
      meta: { id, ...meta },
    })
  }

  /** What belongs to no turn: a warning of the agent, a line that is none of its log. */
  output(body: string, meta: Meta = {}): void {
    this.events.push({ kind: 'output', turn: this.turn, body, meta })
  }

  error(body: string): void {
    this.events.push({ kind: 'error', turn: this.turn, body })
  }

  private begin(answer: string): void {
    const isNext = answer === '' ? this.answered : answer !== this.turnId
    if (this.turn > 0 && !isNext) return
    this.turn += 1
    this.turnId = answer
    this.answered = false
  }
}

/** Text as it is, a list of text parts as their text, anything else as JSON. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return ''
  const parts = textParts.safeParse(value)
  return parts.success ? parts.data.map(({ text }) => text).join('\n') : JSON.stringify(value)
}

const textParts = z.array(z.object({ text: z.string() })).min(1)
