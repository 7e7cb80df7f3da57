import { z } from 'zod'

/**
 * `not-ready` is a part that was ready and now runs without answering; `backing-off` one that ended
 * and waits for its restart.
 */
export const partStateSchema = z.enum(['starting', 'ready', 'not-ready', 'backing-off', 'stopped'])
export type PartState = z.output<typeof partStateSchema>

export const partStatusSchema = z.object({
  name: z.string(),
  state: partStateSchema,
  port: z.int(),
  pid: z.int().optional(),
  /** How often it was started again since `up`. */
  restarts: z.int(),
  /** ISO time of the last change of state. */
  since: z.string(),
  /** How its last run ended, for example `exit code 1` or `SIGKILL`. */
  lastEnd: z.string().optional(),
  /** Why it is not ready, in its own words or as its silence tells. */
  reason: z.string().optional(),
})
export type PartStatus = z.output<typeof partStatusSchema>

/** What a live supervisor says of itself. */
export const supervisorStatusSchema = z.object({
  pid: z.int(),
  since: z.string(),
  /** Digest of what it runs; another `up` with the same one finds its stack already there. */
  plan: z.string(),
  parts: z.array(partStatusSchema),
})
export type SupervisorStatus = z.output<typeof supervisorStatusSchema>
