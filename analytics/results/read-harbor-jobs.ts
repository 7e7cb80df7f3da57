import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { ResultsCollector } from './collect-results.ts'

const trial = z.object({
  task_name: z.string(),
  trial_name: z.string(),
  source: z.string().nullish(),
  task_checksum: z.string().nullish(),
  agent_info: z.object({
    name: z.string(),
    model_info: z.object({ name: z.string(), provider: z.string().nullish() }).nullish(),
  }),
  agent_result: z.object({ cost_usd: z.number().nullish() }).nullish(),
  verifier_result: z.object({ rewards: z.record(z.string(), z.number()).nullish() }).nullish(),
  exception_info: z.object({ exception_type: z.string() }).nullish(),
  started_at: z.string().nullish(),
  finished_at: z.string().nullish(),
})
type Trial = z.output<typeof trial>

/** How deep below the named folder jobs may lie: a folder of jobs, a job, a trial. */
const DEPTH = 3

/** Folders of Harbor trials under a folder: their `result.json` has a `trial_name`. */
export async function findHarborTrials(folder: string, depth = DEPTH): Promise<string[]> {
  const found: string[] = []
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory()) continue
    const path = join(folder, entry.name)
    if ((await trialText(path)) !== null) found.push(path)
    else if (depth > 1) found.push(...(await findHarborTrials(path, depth - 1)))
  }
  return found
}

async function trialText(path: string): Promise<string | null> {
  const text = await readFile(join(path, 'result.json'), 'utf8').catch(() => null)
  return text !== null && /"trial_name"\s*:/.test(text) ? text : null
}

/**
 * Trials of Harbor jobs. A contestant is an agent with its model; a seed is the name of a trial,
 * since Harbor numbers no attempts. The score is the reward `reward`, or else the mean of all
 * rewards, as everywhere in this project; a trial passes with full marks.
 *
 * @param score name of the reward that counts.
 * @see https://harborframework.com/docs; written against Harbor 0.24.
 */
export async function readHarborTrial(
  path: string,
  collector: ResultsCollector,
  { score, subject = path }: { score?: string | undefined; subject?: string } = {},
): Promise<void> {
  const place = `${subject} result.json`
  const text = (await trialText(path)) ?? ''
  const found = trial.safeParse(jsonOf(text))
  if (!found.success) {
    const problems = found.error.issues.map((issue) => ({
      path: issue.path.join('.'),
      remedy: `not as Harbor writes it: ${issue.message}`,
    }))
    return collector.refuse(problems, place)
  }
  const { data } = found
  const { name, model_info: model } = data.agent_info
  collector.add(
    {
      contestant: model
        ? `${name} ${[model.provider, model.name].filter(Boolean).join('/')}`
        : name,
      task: data.task_name,
      seed: data.trial_name,
      taskVersion: data.task_checksum ?? null,
      costUsd: data.agent_result?.cost_usd ?? null,
      wallSeconds: secondsBetween(data.started_at, data.finished_at),
      ...gradeOf(data, score),
    },
    place,
  )
}

function gradeOf({ verifier_result: verdict, exception_info: exception }: Trial, counted?: string) {
  const rewards = verdict?.rewards ?? {}
  const ended = exception ? endOf(exception.exception_type) : 'scored'
  const values = Object.values(rewards)
  if (values.length === 0) {
    // What the agent did to itself is a zero, as a verdict without any marks would be.
    const own = ended === 'agent-timeout' || ended === 'agent-error' || ended === 'budget'
    return own ? { outcome: ended, score: 0 } : { outcome: ended === 'scored' ? 'ungraded' : ended }
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const score = counted === undefined ? (rewards.reward ?? mean) : rewards[counted]
  if (score === undefined) return { outcome: 'ungraded' }
  const outcome = ['agent-timeout', 'agent-error', 'budget'].includes(ended) ? ended : 'scored'
  return { outcome, score, dimensions: values.length > 1 ? rewards : {} }
}

/** Exceptions of Harbor that the agent is to blame for, and those of the verifier. */
const AGENT_ERRORS = new Set(['NonZeroAgentExitCodeError', 'AgentSafetyRefusalError'])
const BUDGET_ERRORS = new Set([
  'OutputTokenExceededError',
  'ContextWindowExceededError',
  'ContextLengthExceededError',
  'OutputLengthExceededError',
])
const VERIFIER_ERRORS = new Set([
  'VerifierTimeoutError',
  'AddTestsDirError',
  'VerifierOutputParseError',
  'DownloadVerifierDirError',
  'RewardFileNotFoundError',
  'RewardFileEmptyError',
])

/** All others are faults of the infrastructure: providers, networks, sandboxes, installation. */
function endOf(exception: string) {
  if (exception === 'AgentTimeoutError') return 'agent-timeout'
  if (AGENT_ERRORS.has(exception)) return 'agent-error'
  if (BUDGET_ERRORS.has(exception)) return 'budget'
  if (VERIFIER_ERRORS.has(exception)) return 'ungraded'
  return exception === 'CancelledError' ? 'cancelled' : 'infra-failed'
}

function secondsBetween(start: string | null | undefined, end: string | null | undefined) {
  if (!start || !end) return null
  const seconds = (Date.parse(end) - Date.parse(start)) / 1_000
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
