import { z } from 'zod'
import type { RunTrialInput } from '../coordinator/contract/activities.ts'
import type { PhaseTimes } from '../coordinator/contract/outcome.ts'
import { isTrialId } from '../core/ids.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { ReopenedSpool } from './trajectory/spool.ts'

/** What a worker writes down when an agent begins that could outlive it. */
export interface ResumeNote {
  readonly input: RunTrialInput
  /** ISO 8601, when the attempt began. */
  readonly startedAt: string
  /** Unix milliseconds, when the agent began: its time runs on while no worker is there. */
  readonly agentFrom: number
  /** As far as they are over. */
  readonly phases: PhaseTimes
  /** Commands in the sandbox that are the task's MCP servers. */
  readonly mcpCommands: readonly string[]
}

/** An attempt that a worker goes on with after the one before it died. */
export interface ResumedRun {
  readonly note: ResumeNote
  readonly sandbox: Sandbox
  readonly spool: ReopenedSpool
}

const noteSchema = z.object({
  input: z.custom<RunTrialInput>(
    (value) =>
      z.object({ trial: z.object({ trial: z.string().refine(isTrialId) }) }).safeParse(value)
        .success,
  ),
  mcpCommands: z.array(z.string()),
  startedAt: z.string(),
  agentFrom: z.number(),
  phases: z.custom<PhaseTimes>(
    (value) => z.record(z.string(), z.number()).safeParse(value).success,
  ),
})

/** Null for what no worker of this version wrote. */
export function parseResumeNote(value: unknown): ResumeNote | null {
  const parsed = noteSchema.safeParse(value)
  return parsed.success ? parsed.data : null
}
