import { readFile } from 'node:fs/promises'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { BUILT_IN_AGENTS } from '../coordinator/contract/agents.ts'
import { NO_TRIAL_LIMITS } from '../coordinator/contract/sweep.ts'
import { Failure } from '../core/failure.ts'
import { type Problem, problemsFailure } from '../core/problems.ts'
import { contestantEntry } from './contestant-entry.ts'
import { money, perTrialSchema } from './model-limits.ts'
import { firstSeeds, MAX_SEED, MAX_SEEDS } from './seeds.ts'

const whole = (from: number, to: number) => {
  const remedy = `write a whole number from ${from} to ${to}`
  return z.number(remedy).int(remedy).min(from, remedy).max(to, remedy)
}
const FACTOR = 'write a number above 0, at most 100'
const seed = whole(0, MAX_SEED)

const seedsSchema = z
  .union(
    [whole(1, MAX_SEEDS).transform(firstSeeds), z.array(seed).min(1)],
    'write how many seeds, or a list of whole numbers from 0',
  )
  .default([1, 2, 3])

/** A sweep as people write it. Durations and counts are plain numbers; what is absent has a default. */
export const sweepFileSchema = z.strictObject({
  /** For people; the suite's name when absent. */
  name: z.string().min(1).max(100).optional(),
  /** A suite's name, or a path to one. */
  suite: z.string('name the suite to run, or give the path of one').min(1),
  /** Patterns over task names; `*` is any text. */
  tasks: z.array(z.string().min(1)).min(1).default(['*']),
  contestants: z.array(contestantEntry, 'list the agents to run').min(1),
  /** N for the seeds 1 to N, or a list. */
  seeds: seedsSchema,
  /** Executions of one trial at most; only infrastructure faults make a second one. */
  attempts: whole(1, 10).default(3),
  /** Open trials at most; the fleet's size decides when absent. */
  concurrency: whole(1, 100_000).nullable().default(null),
  /** 1 first, 5 last. */
  priority: whole(1, 5).default(3),
  /** Multiplies every task's agent timeout. */
  timeoutMultiplier: z.number(FACTOR).positive(FACTOR).max(100, FACTOR).default(1),
  /** What the whole sweep may spend on models. */
  budget: money.nullable().default(null),
  /** What each attempt may use of models. */
  perTrial: perTrialSchema.default(NO_TRIAL_LIMITS),
  /** When to stop before all seeds are run; `planStop` reads it, since names and seeds decide. */
  stop: z.unknown().optional(),
})

export type SweepFile = z.output<typeof sweepFileSchema>

/**
 * The document in a sweep file, unchecked.
 *
 * @throws Failure `sweep.invalid` when there is no such file, or it is neither YAML nor JSON.
 */
export async function readSweepFile(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Failure('sweep.invalid', `The sweep file ${path} cannot be read.`, { cause })
  })
  const document = parseDocument(text)
  const problems = document.errors.map(({ message }) => ({ path: '', remedy: firstLine(message) }))
  if (problems.length > 0) throw problemsFailure('sweep.invalid', path, problems)
  const value: unknown = document.toJS()
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new Failure('sweep.invalid', `${path} holds no table of fields such as \`suite: starter\`.`)
}

/** The seeds that a document asks for, whatever else is wrong in it; null when they cannot be read. */
export function seedsIn({ seeds }: Readonly<Record<string, unknown>>): readonly number[] | null {
  const parsed = seedsSchema.safeParse(seeds)
  return parsed.success ? parsed.data : null
}

/** What a schema cannot say of the fields one by one: seeds that are there twice. */
export function duplicateProblems({ seeds }: Readonly<Record<string, unknown>>): Problem[] {
  const values: unknown[] = Array.isArray(seeds) ? seeds : []
  return values.flatMap((value, index) =>
    value !== undefined && values.indexOf(value) < index
      ? [{ path: `seeds.${index}`, value, remedy: 'this seed is there already; remove it' }]
      : [],
  )
}

/** Agents for help texts: `oracle, alternative, …`. */
export const AGENT_NAMES = BUILT_IN_AGENTS.map(({ name }) => name).join(', ')

const firstLine = (text: string): string => text.split('\n')[0] ?? text
