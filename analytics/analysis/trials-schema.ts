import { z } from 'zod'
import { count, fraction, intervalSchema, said } from './schema-words.ts'

/** What the document says of single cells and trials, as far as figures draw them. */

export const missingSchema = z.strictObject({
  infraFailed: count('sandbox, node, network or provider failed'),
  ungraded: count('the verifier or judge failed'),
  cancelled: count('by a person'),
  unfinished: count('planned, without a result yet'),
})

export const histogramSchema = z.strictObject({
  contestant: z.string(),
  bins: z.array(
    z.strictObject({
      rate: fraction('middle of the bin, a pass rate of a task'),
      tasks: count('tasks with such a rate'),
      expected: said(
        z.number().min(0),
        'tasks that would have it if all were as hard as each other: binomial at the mean rate',
      ),
    }),
  ),
})

export const outlookSchema = z.strictObject({
  between: said(z.number(), 'variance between tasks, mean over contestants'),
  within: said(z.number(), 'variance between trials of a task, mean over contestants'),
  tasks: count('as they are'),
  seeds: said(z.number(), 'valid trials of a cell, as they are: their mean'),
  designs: said(
    z.array(z.strictObject({ tasks: count('tasks'), seeds: count('seeds'), half: z.number() })),
    'half the width of an interval over tasks like these, by tasks and seeds',
  ),
  floors: said(
    z.array(z.strictObject({ tasks: count('tasks'), half: z.number() })),
    'what no number of seeds can go below',
  ),
})

const counts = (description: string) => said(z.array(z.number().int().min(0)), description)

export const cellsSchema = z.strictObject({
  tasks: said(z.array(z.string()), 'in the order of all lists below'),
  rows: z.array(
    z.strictObject({
      contestant: z.string(),
      planned: counts('trials by task'),
      valid: counts('trials with a score by task'),
      passed: counts('trials that passed by task'),
      score: said(
        z.array(z.number().min(0).max(1).nullable()),
        'mean score by task; null without a valid trial',
      ),
      scatter: said(
        z.array(z.number().min(0).nullable()),
        'standard deviation of scores by task; null with fewer than two valid trials',
      ),
    }),
  ),
})

export const endsSchema = z.strictObject({
  contestant: z.string(),
  planned: count('trials: the sum of all below'),
  passed: count('whatever else happened'),
  nearMiss: count('not passed with at least half of the marks, the agent having finished'),
  wrong: count('below half of the marks, the agent having finished'),
  agentTimeout: count('not passed: out of time'),
  agentError: count('not passed: the agent crashed or refused'),
  budget: count('not passed: out of its allowance'),
  ...missingSchema.shape,
})

export const timesSchema = z.strictObject({
  contestant: z.string(),
  attempts: count('executions of trials, lost ones too'),
  phases: said(
    z.array(
      z.strictObject({
        phase: z.string(),
        totalSeconds: z.number().min(0),
        medianSeconds: z.number().min(0),
        p95Seconds: z.number().min(0),
        share: said(z.number().min(0).max(1).nullable(), 'of all time; null without any'),
      }),
    ),
    'in the order in which they pass',
  ),
})

export const compositeSchema = z.strictObject({
  tasks: count('tasks that have all dimensions'),
  weights: z.array(z.strictObject({ dimension: z.string(), weight: fraction('of the composite') })),
  entries: said(
    z.array(
      z.strictObject({
        contestant: z.string(),
        mean: said(
          z.number().min(0).max(1).nullable(),
          'weighted sum of the dimensions; null without all of them on each task, never renormalised',
        ),
        interval: said(
          intervalSchema.nullable(),
          'over tasks like these, from composites of tasks',
        ),
        parts: said(
          z.array(z.strictObject({ dimension: z.string(), mean: fraction('unweighted') })),
          'means on those tasks; empty without a composite',
        ),
      }),
    ),
    'the highest mean first',
  ),
})
