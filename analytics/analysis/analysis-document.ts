import { z } from 'zod'
import { count, fraction, intervalSchema, said } from './schema-words.ts'
import {
  cellsSchema,
  compositeSchema,
  endsSchema,
  histogramSchema,
  missingSchema,
  outlookSchema,
  timesSchema,
} from './trials-schema.ts'

/**
 * The one document of all statistics: what `sbench analyze`, `compare`, `leaderboard` and `health`
 * print with `--json`. docs/analysis-json.md is written from it; a test keeps it so.
 */

const p = (description: string) => said(z.number().min(0).max(1).nullable(), description)

const ends = z.strictObject({ low: z.number(), high: z.number() })

export const entrySchema = z.strictObject({
  contestant: z.string(),
  agent: z.string().nullable(),
  model: z.string().nullable(),
  simulated: said(z.boolean(), 'results drawn by chance, no measurement of any agent'),
  mean: said(
    z.number().min(0).max(1).nullable(),
    'mean over tasks of each task’s mean; null without a valid trial',
  ),
  interval: said(intervalSchema.nullable(), 'over tasks like these; null below ten clusters'),
  theseTasks: said(
    intervalSchema.nullable(),
    'these tasks only; null when a task has fewer than two valid trials',
  ),
  conservative: said(
    ends.nullable(),
    'where the interval of a pass rate is rough: Korn and Graubard’s, wider and nearer to its level',
  ),
  bounds: said(ends.nullable(), 'the mean if all missing trials scored 0, and if all scored 1'),
  complete: said(z.boolean(), 'has a valid trial on every task; others are not ranked'),
  rank: said(
    z.number().int().nullable(),
    'by mean among complete contestants, ties sharing the best',
  ),
  rankSet: said(
    ends.nullable(),
    'ranks it may have, all sets right at once at the level: Holm over all paired t tests',
  ),
  pBest: said(
    z.number().min(0).max(1).nullable(),
    'share of resamples on top, ties split; not a probability of truth',
  ),
  bootstrap: said(ends.nullable(), 'percentile interval of whole clusters, a cross-check'),
  tasks: count('tasks with a valid trial'),
  plannedTasks: count('tasks of the board'),
  valid: count('trials with a score'),
  planned: count('trials planned or seen'),
  missing: missingSchema,
  medianWallSeconds: said(z.number().nullable(), 'of valid trials, without queues'),
  medianTokens: said(
    z.number().nullable(),
    'of the boards of a sweep: input and output of the attempt that counts; null when those of one are unknown',
  ),
  meanCostUsd: said(z.number().nullable(), 'of valid trials whose cost is known'),
  unknownCosts: count('valid trials whose cost is unknown'),
  costPerSolve: said(
    z
      .strictObject({ usd: z.number(), low: z.number().nullable(), high: z.number().nullable() })
      .nullable(),
    'dollars per passed trial, tasks weighing the same, with Fieller’s interval; null while a cost is unknown or nothing passed',
  ),
  costPerTrial: said(
    z
      .strictObject({ usd: z.number(), low: z.number().nullable(), high: z.number().nullable() })
      .nullable(),
    'dollars, mean over tasks of each task’s mean over its valid trials, with Student’s t over clusters; null while a cost is unknown',
  ),
})

export const pairSchema = z.strictObject({
  first: z.string(),
  second: z.string(),
  tasks: count('shared tasks: both have valid trials'),
  clusters: count('independent clusters among them'),
  difference: said(
    z.number().min(-1).max(1).nullable(),
    'first less second, mean over shared tasks',
  ),
  error: said(z.number().nullable(), 'standard error over tasks like these'),
  degrees: said(z.number().nullable(), 'degrees of freedom, clusters - 1'),
  low: said(z.number().nullable(), 'paired t interval, this pair by itself'),
  high: z.number().nullable(),
  constant: said(
    z.boolean(),
    'all differences are equal; the interval bounds the share of tasks that would differ',
  ),
  p: p('two-sided, this pair by itself; null below ten clusters'),
  adjustedP: p('Holm over the pairs of this list'),
  simultaneous: said(ends.nullable(), 'holds with those of all pairs at once, by max |t|'),
  signFlip: said(
    z
      .strictObject({ p: fraction('two-sided'), exact: z.boolean(), draws: count('patterns') })
      .nullable(),
    'a check that assumes no shape; null where it would take too long',
  ),
  mcnemar: p('exact, where each cell of both has one trial of pass or fail'),
  theseTasks: said(ends.nullable(), 'interval of the difference on these tasks only'),
  equivalence: said(
    z
      .strictObject({
        margin: fraction('smallest difference that matters'),
        p: p(''),
        adjustedP: p(''),
      })
      .nullable(),
    'two one-sided tests of "they differ by the margin or more"',
  ),
  verdict: said(
    z.enum(['better', 'worse', 'equivalent', 'undecided']),
    'of the first, by adjusted p-values',
  ),
  missingAlarm: said(
    z.string().nullable(),
    'missing trials differ: by more than 2 points, or Fisher’s p below 0.01',
  ),
})

export const boardSchema = z.strictObject({
  measure: said(z.string(), 'pass, score, or a dimension’s name after dimension:'),
  label: said(z.string(), 'what people call it'),
  entries: said(z.array(entrySchema), 'the highest mean first'),
  pairs: said(z.array(pairSchema).nullable(), 'null when not asked for'),
  resamples: said(z.number().int().nullable(), 'B of the bootstrap; null without one'),
  frontier: said(
    z.array(z.string()),
    'contestants that no other beats in both mean and cost per trial, the cheapest first',
  ),
})

export const sliceSchema = z.strictObject({
  by: said(z.enum(['category', 'family']), 'what tasks are grouped by'),
  value: said(z.string().nullable(), 'the category or family; null for tasks without one'),
  measure: said(z.enum(['pass', 'score']), 'of which board'),
  tasks: count('tasks of the slice'),
  entries: z.array(
    entrySchema.pick({ contestant: true, mean: true, interval: true, valid: true, missing: true }),
  ),
  pairs: said(
    z.array(
      pairSchema.pick({
        first: true,
        second: true,
        tasks: true,
        difference: true,
        low: true,
        high: true,
        p: true,
        adjustedP: true,
      }),
    ),
    'with a baseline: each other contestant against it; p adjusted by Benjamini and Hochberg over all slices',
  ),
})

const pointSchema = z.strictObject({
  k: count('trials drawn'),
  estimate: fraction('mean over tasks'),
  interval: intervalSchema.pick({ low: true, high: true, level: true }).nullable(),
  thin: said(z.boolean(), 'a task has fewer than 2k valid trials'),
})

export const curvesSchema = z.strictObject({
  contestant: z.string(),
  passAtK: said(z.array(pointSchema), 'at least one of k passes; to the smallest number of trials'),
  passHatK: said(z.array(pointSchema), 'all of k pass'),
})

export const varianceSchema = z.strictObject({
  contestant: z.string(),
  between: said(z.number(), 'variance between tasks, of the score as a fraction'),
  within: said(z.number(), 'variance between trials of a task'),
  icc: said(z.number().min(0).max(1).nullable(), 'share of the variance from tasks'),
  anotherSeedPays: said(z.boolean(), 'within / seeds is above a quarter of between'),
})

export const taskHealthSchema = z.strictObject({
  task: z.string(),
  family: z.string().nullable(),
  category: z.string().nullable(),
  solveRate: said(z.number().min(0).max(1).nullable(), 'mean over contestants of their pass rates'),
  meanScore: said(z.number().min(0).max(1).nullable(), 'mean over contestants'),
  itemRest: said(
    z.number().min(-1).max(1).nullable(),
    'correlation with the mean of all other tasks, over contestants',
  ),
  atZero: said(z.number().min(0).max(1).nullable(), 'share of contestants that never passed it'),
  atOne: said(z.number().min(0).max(1).nullable(), 'share of contestants that always passed it'),
  valid: count('trials with a score'),
  planned: count('trials'),
  neverSolvedBound: said(
    z.number().min(0).max(1).nullable(),
    'when no trial passed: what the solve rate is at most, one-sided',
  ),
  reference: said(
    z
      .strictObject({
        trials: count('with a verdict'),
        passed: count('of them'),
        failsAtMost: fraction('the share that fails, at most: one-sided, exact'),
      })
      .nullable(),
    'trials of known right solutions, oracle and alternative: what verifier, environment and solution get wrong together; null without one',
  ),
  medianWallSeconds: z.number().nullable(),
  meanCostUsd: z.number().nullable(),
  flags: said(
    z.array(z.strictObject({ flag: z.string(), reason: z.string() })),
    'what to look at, and why; no verdict',
  ),
})

export const analysisSchema = z.strictObject({
  format: z.literal('sbench-analysis/1'),
  source: z.strictObject({
    kinds: said(z.array(z.string()), 'ndjson, csv, harbor, inspect or sweep'),
    names: said(z.array(z.string()), 'paths or sweeps'),
    rows: count('trials that were read'),
    sweeps: said(
      z.array(
        z.strictObject({
          sweep: z.string(),
          name: z.string(),
          suite: z.string(),
          suiteVersion: z.string(),
          status: z.string(),
          startedAt: said(z.string(), 'ISO 8601'),
          finishedAt: said(z.string().nullable(), 'null while it runs'),
        }),
      ),
      'of the farm; none for files',
    ),
  }),
  dataVersion: said(z.string(), 'sha256 of the sorted data: equal data has equal versions'),
  method: z.strictObject({
    version: count('grows when the same data and seed would give other numbers'),
    level: fraction('coverage of intervals; findings are at 1 - level'),
    seed: said(z.number().int(), 'of every random draw'),
    resamples: said(z.number().int().nullable(), 'B; null without a bootstrap'),
    adjustment: said(z.string(), 'how p-values are adjusted, over how many pairs'),
  }),
  contestants: count('contestants'),
  tasks: count('tasks'),
  families: said(z.number().int().nullable(), 'clusters, where tasks have families'),
  notes: said(z.array(z.string()), 'what a reader should know'),
  conditions: said(
    z.array(
      z.strictObject({ aspect: z.string(), value: z.string(), tasks: count('that have it') }),
    ),
    'what scores depend on besides contestants, of sweeps: timeouts, limits, graders',
  ),
  boards: said(z.array(boardSchema), 'pass rate, score, then each dimension'),
  slices: said(z.array(sliceSchema), 'exploratory: few tasks each'),
  curves: said(z.array(curvesSchema), 'pass@k and pass^k'),
  variance: said(z.array(varianceSchema), 'where scores vary; none without two trials of a task'),
  histograms: said(z.array(histogramSchema), 'pass rates of tasks, by contestant'),
  outlook: said(outlookSchema.nullable(), 'what more seeds or tasks buy; null without `variance`'),
  composite: said(
    compositeSchema.nullable(),
    'correctness, deployment and quality as one; null where no task has all three',
  ),
  ends: said(z.array(endsSchema).nullable(), 'how all trials ended; null when not asked for'),
  times: said(z.array(timesSchema).nullable(), 'where the time went; null where it is not known'),
  cells: said(cellsSchema.nullable(), 'each contestant on each task; null when not asked for'),
  health: said(z.array(taskHealthSchema), 'each task'),
})

export type BoardEntry = z.output<typeof entrySchema>
export type MissingTrials = z.output<typeof missingSchema>
export type Pair = z.output<typeof pairSchema>
export type Board = z.output<typeof boardSchema>
export type Slice = z.output<typeof sliceSchema>
export type Curves = z.output<typeof curvesSchema>
export type ContestantVariance = z.output<typeof varianceSchema>
export type TaskHistogram = z.output<typeof histogramSchema>
export type Outlook = z.output<typeof outlookSchema>
export type Composite = z.output<typeof compositeSchema>
export type CellMatrix = z.output<typeof cellsSchema>
export type TrialEnds = z.output<typeof endsSchema>
export type PhaseTimes = z.output<typeof timesSchema>
export type TaskHealth = z.output<typeof taskHealthSchema>
export type Analysis = z.output<typeof analysisSchema>
