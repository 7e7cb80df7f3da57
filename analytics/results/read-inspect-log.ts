import { z } from 'zod'
import { Failure } from '../../core/failure.ts'
import type { ResultsCollector } from './collect-results.ts'
import { ZipArchive } from './zip-archive.ts'

const header = z.object({
  eval: z.object({
    task: z.string(),
    task_version: z.union([z.number(), z.string()]).optional(),
    model: z.string(),
    solver: z.string().nullish(),
    dataset: z
      .object({ sample_ids: z.array(z.union([z.string(), z.number()])).nullish() })
      .optional(),
    config: z.object({ epochs: z.number().nullish() }).optional(),
    scorers: z.array(z.object({ name: z.string() })).nullish(),
  }),
  results: z.object({ headline: z.object({ score: z.string().nullish() }).nullish() }).nullish(),
})

const summary = z.object({
  id: z.union([z.string(), z.number()]),
  epoch: z.number(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  scores: z.record(z.string(), z.object({ value: z.unknown() })).nullish(),
  model_usage: z.record(z.string(), z.object({ total_cost: z.number().nullish() })).nullish(),
  total_time: z.number().nullish(),
  error: z.string().nullish(),
  limit: z.string().nullish(),
})
type Summary = z.output<typeof summary>

/**
 * Trials of an Inspect AI log (`.eval`): a contestant is its model, with its solver where the log
 * names one; a task is a sample, a seed an epoch. All scorers are dimensions, and the one of the
 * log's headline is the score, as it is for Inspect; C is 1, P 0.5, I and N are 0.
 *
 * A sample that ended with an error has no score and is missing; samples that a log which was cut
 * short does not have are cancelled.
 *
 * @param score name of the scorer that counts, where it is not the headline's.
 * @throws Failure `input.invalid` naming what the log lacks.
 * @see https://inspect.aisi.org.uk/eval-logs.html; written against Inspect AI 0.3.285.
 */
export async function readInspectLog(
  path: string,
  collector: ResultsCollector,
  { score, subject = path }: { score?: string | undefined; subject?: string } = {},
): Promise<void> {
  await using archive = await ZipArchive.open(path)
  const names = new Set(archive.names)
  const head = names.has('header.json') ? 'header.json' : '_journal/start.json'
  const { eval: run, results } = parsed(header, await archive.read(head), `${subject} ${head}`)
  const samples = await readSummaries(archive, subject)
  const scorers = run.scorers?.map(({ name }) => name) ?? []
  const counted = score ?? results?.headline?.score ?? scorers[0] ?? firstScorer(samples)
  const contestant = run.solver ? `${run.solver} ${run.model}` : run.model
  const common = { contestant, taskVersion: run.task_version ?? null }
  const seen = new Set<string>()
  for (const sample of samples) {
    const place = `${subject} sample ${sample.id} epoch ${sample.epoch}`
    const task = `${run.task}/${sample.id}`
    seen.add(`${sample.id} ${sample.epoch}`)
    const category = sample.metadata?.category
    collector.add(
      {
        ...common,
        task,
        seed: String(sample.epoch),
        category: typeof category === 'string' ? category : null,
        wallSeconds: sample.total_time ?? null,
        costUsd: costOf(sample),
        ...gradeOf(sample, counted),
      },
      place,
    )
  }
  const epochs = run.config?.epochs ?? 1
  for (const id of run.dataset?.sample_ids ?? []) {
    const { metadata } = samples.find((sample) => sample.id === id) ?? {}
    const category = typeof metadata?.category === 'string' ? metadata.category : null
    for (let epoch = 1; epoch <= epochs; epoch++) {
      if (seen.has(`${id} ${epoch}`)) continue
      const lost = { ...common, task: `${run.task}/${id}`, seed: String(epoch), category }
      collector.add({ ...lost, outcome: 'cancelled' }, `${subject} sample ${id} epoch ${epoch}`)
    }
  }
}

/** Finished logs have one list of all samples; those that were cut short have theirs in pieces. */
async function readSummaries(archive: ZipArchive, subject: string): Promise<Summary[]> {
  const whole = archive.names.filter((name) => name === 'summaries.json')
  const pieces = archive.names.filter((name) => /^_journal\/summaries\/\d+\.json$/.test(name))
  const lists: Summary[][] = []
  for (const name of whole.length > 0 ? whole : pieces) {
    lists.push(parsed(z.array(summary), await archive.read(name), `${subject} ${name}`))
  }
  return lists.flat()
}

function firstScorer(samples: readonly Summary[]): string | undefined {
  return samples.flatMap(({ scores }) => Object.keys(scores ?? {}))[0]
}

function costOf({ model_usage: usage }: Summary): number | null {
  const costs = Object.values(usage ?? {}).map(({ total_cost: cost }) => cost ?? null)
  if (costs.length === 0 || costs.includes(null)) return null
  return costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0)
}

function gradeOf({ scores, error, limit }: Summary, counted: string | undefined) {
  if (error) return { outcome: 'infra-failed' }
  const values = Object.entries(scores ?? {}).flatMap(([name, { value }]) => valuesOf(name, value))
  const dimensions = Object.fromEntries(values)
  const score = counted === undefined ? undefined : dimensions[counted]
  if (score === undefined) return { outcome: 'ungraded' }
  return { outcome: limit ? (LIMITS.get(limit) ?? 'budget') : 'scored', score, dimensions }
}

/** Inspect's limits of time are ours of an agent; all others are allowances. */
const LIMITS = new Map([
  ['time', 'agent-timeout'],
  ['working', 'agent-timeout'],
])

const LETTERS = new Map([
  ['C', 1],
  ['P', 0.5],
  ['I', 0],
  ['N', 0],
])

/** A scorer's value, or the values by name that it gives; what is no number is not scored. */
function valuesOf(name: string, value: unknown): [string, number][] {
  if (typeof value === 'number') return [[name, value]]
  if (typeof value === 'boolean') return [[name, Number(value)]]
  if (typeof value === 'string') {
    const known = LETTERS.get(value) ?? (value.trim() === '' ? Number.NaN : Number(value))
    return Number.isNaN(known) ? [] : [[name, known]]
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.entries(value).flatMap(([key, part]) => valuesOf(`${name}/${key}`, part))
}

/** Python writes NaN and Infinity where there is no number: to JSON they are nothing. */
const NOT_JSON = /(?<=[:,[]\s*)-?(?:NaN|Infinity)(?=\s*[,}\]])/g

function parsed<Shape>(shape: z.ZodType<Shape>, bytes: Buffer, what: string): Shape {
  const text = bytes.toString('utf8')
  const found = shape.safeParse(jsonOf(text) ?? jsonOf(text.replaceAll(NOT_JSON, 'null')))
  if (found.success) return found.data
  const issue = found.error.issues[0]
  const where = issue?.path.join('.') ?? ''
  throw new Failure(
    'input.invalid',
    `${what} is not as Inspect writes it: ${where} ${issue?.message}.`,
  )
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
