import type { JSONSchema7 } from '@ai-sdk/provider'
import { z } from 'zod'
import { problemsOf } from '../../../core/problems.ts'

export interface ToolResult {
  readonly text: string
  /** The model is told that it did not go well. */
  readonly failed: boolean
  readonly meta: Readonly<Record<string, string | number | boolean>>
}

export interface ToolUse {
  /** Names this call for ever, also to a later process: `3-0` is the first call of turn 3. */
  readonly name: string
  readonly signal: AbortSignal
}

/** What the model may call. */
export interface Tool {
  readonly name: string
  readonly description: string
  readonly schema: JSONSchema7
  /** Calls of a turn run at once, but those of one lane one after another, in order. */
  readonly lane: 'sandbox' | null
  /** @throws Failure for faults of the infrastructure; mistakes of the model are a failed result. */
  run(input: unknown, use: ToolUse): Promise<ToolResult>
  /** Ends what is left of a call that an earlier process had begun; what is known of it. */
  interrupt?(name: string): Promise<string>
}

export interface ToolDefinition<Input extends z.ZodType> extends Omit<Tool, 'schema' | 'run'> {
  readonly input: Input
  readonly run: (input: z.output<Input>, use: ToolUse) => Promise<ToolResult>
}

/** A tool whose input is checked before it runs. */
export function tool<Input extends z.ZodType>(definition: ToolDefinition<Input>): Tool {
  const { input: schema, run, ...rest } = definition
  const { $schema: _, ...plain } = z.toJSONSchema(schema, { io: 'input' })
  return {
    ...rest,
    schema: JSON.parse(JSON.stringify(plain)),
    async run(input, use) {
      const parsed = schema.safeParse(input)
      if (parsed.success) return run(parsed.data, use)
      const problems = problemsOf(parsed.error, input).map(({ path, remedy }) => {
        return path === '' ? remedy : `${path}: ${remedy}`
      })
      return failed(`The input is not what this tool takes. ${problems.join('; ')}`)
    },
  }
}

export function ok(text: string, meta: ToolResult['meta'] = {}): ToolResult {
  return { text, failed: false, meta }
}

export function failed(text: string, meta: ToolResult['meta'] = {}): ToolResult {
  return { text, failed: true, meta }
}
