import { z } from 'zod'
import { readinessSchema } from './readiness.ts'

/** One process of the stack, as data: what to run, how to tell that it is ready, how to end it. */
export const partSchema = z.object({
  name: z.string(),
  /** All parts start at once and wait for those they need; they stop wave by wave, the highest first. */
  wave: z.int().min(0),
  command: z.string(),
  args: z.array(z.string()),
  /** Added to the supervisor's own environment. */
  env: z.record(z.string(), z.string()),
  /** Variables of the supervisor's environment that it does not get. */
  withheld: z.array(z.string()).optional(),
  /** Files it needs, by path; written anew at each `up`. */
  files: z.record(z.string(), z.string()),
  ready: readinessSchema,
  /** Where others reach it; shown in the status. */
  port: z.int(),
  /** Time between SIGTERM and SIGKILL, in milliseconds. */
  stopGraceMs: z.int().positive(),
})
export type Part = z.output<typeof partSchema>
