import { basename, dirname, resolve } from 'node:path'
import { z } from 'zod'
import { command } from '../command.ts'
import { contestantFlags, contestantsTyped, type TypedContestants } from '../contestant-flags.ts'
import { suitePath } from '../suite-path.ts'

const list = z.string().transform((text) => text.split(',').map((item) => item.trim()))
const number = (name: string) => z.coerce.number(`${name} is a number`).optional()

const flags = {
  suite: z.string().optional().meta({ description: 'a suite, or the path of one', value: 'suite' }),
  ...contestantFlags,
  budget: z.string().optional().meta({
    description: 'US dollars that the sweep may spend on models, such as 50usd',
    value: 'usd',
  }),
  maxCost: z.string().optional().meta({
    description: 'US dollars that one trial may spend, such as 2usd',
    value: 'usd',
  }),
  maxTokens: number('max-tokens').meta({
    description: 'tokens of one trial at most, input and output',
    value: 'n',
  }),
  maxCalls: number('max-calls').meta({
    description: 'calls of a model in one trial at most',
    value: 'n',
  }),
  maxModelTime: z.string().optional().meta({
    description: 'of answers in one trial, such as 30min',
    value: 'duration',
  }),
  seeds: z.string().optional().meta({
    description: 'how many (3), or which (1,2,5 or 4..9); default 3',
    value: 'seeds',
  }),
  tasks: list.optional().meta({
    description: 'patterns over task names, with commas between; default all',
    value: 'patterns',
  }),
  name: z.string().optional().meta({ description: 'a name for people', value: 'name' }),
  concurrency: number('concurrency').meta({ description: 'open trials at most', value: 'n' }),
  attempts: number('attempts').meta({
    description: 'executions of one trial at most; default 3',
    value: 'n',
  }),
  priority: number('priority').meta({ description: '1 first to 5 last; default 3', value: 'n' }),
  timeoutMultiplier: number('timeout-multiplier').meta({
    description: "multiplies every task's agent timeout; default 1",
    value: 'factor',
  }),
  detach: z.boolean().default(false).describe('submit, print the id, and leave'),
}

export const run = command({
  words: ['run'],
  summary: 'Submit a sweep, from a file or from flags, and watch it.',
  details:
    'Flags win over what the file says; docs/sweep-files.md says what it may say, and how a sweep ' +
    'stops early. Ctrl-C leaves the sweep running. Ends with exit code 5 when trials are missing at ' +
    'the end.',
  args: { file: { summary: 'a sweep file, YAML or JSON', optional: true } },
  flags,
  examples: [
    { line: 'sbench run nightly.yaml', does: 'submit a sweep file' },
    {
      line: 'sbench run --suite starter --agent oracle,nop --seeds 3',
      does: 'every task of a suite, two agents, three seeds',
    },
    {
      line: 'sbench run --suite starter --agent loop,claude-code --model scripted/engineer',
      does: 'agents that think, with a scripted model that needs no key',
    },
    {
      line: "sbench run --suite starter --agent sim/mid --tasks 'broken-*' --detach",
      does: 'some tasks, in the background',
    },
  ],
  async run({ args, flags }, context) {
    const { planSweep } = await import('../plan-sweep.ts')
    const { openFarm } = await import('../open-farm.ts')
    const { missingKeys, readModels } = await import('../read-models.ts')
    const { submitSweep } = await import('../submit-sweep.ts')
    const { translationNotes } = await import('../translation-notes.ts')
    const { output, folder } = context
    const path = args.file === undefined ? null : resolve(folder, args.file)
    const written = path === null ? {} : await writtenIn(path)
    const { agent, model, temperature, reasoningEffort, maxOutputTokens, ...more } = flags
    const { maxTurns, command: line } = more
    const sampling = { temperature, reasoningEffort, maxOutputTokens, maxTurns }
    const contestants = contestantsTyped({ agent, model, ...sampling, command: line })
    const typed = await typedFields(flags, { folder, contestants })
    const document = { ...written, ...typed, ...limitsOver(written, flags) }
    const plan = await planSweep(document, {
      subject: path === null ? 'sweep' : basename(path),
      models: await readModels(flags, context),
    })
    const notes = [
      ...(contestants?.notes ?? []),
      ...(await missingKeys(plan.providers, context.environment)),
      ...translationNotes(plan.contestants, plan.providers),
    ]
    for (const note of notes) output.say(note)

    await using farm = await openFarm(flags, context)
    const { manifest, planned } = await submitSweep(farm, plan)
    const { sweep, name } = manifest
    output.say(`sweep ${sweep}: ${planned} trials`)
    if (flags.detach) return output.answer({ sweep, name, planned, detached: true }, () => sweep)
    const { answerSweep } = await import('../answer-sweep.ts')
    await answerSweep(farm, { sweep, name }, context)
  },
})

/** The file's fields; a suite's path in it starts at the file. */
async function writtenIn(path: string): Promise<Record<string, unknown>> {
  const { readSweepFile } = await import('../sweep-file.ts')
  const { suite, ...rest } = await readSweepFile(path)
  if (suite === undefined) return rest
  return { ...rest, suite: typeof suite === 'string' ? suitePath(suite, dirname(path)) : suite }
}

/** What flags say, as fields of a sweep file. */
async function typedFields(
  typed: z.output<z.ZodObject<typeof flags>>,
  { folder, contestants }: { folder: string; contestants: TypedContestants | null },
): Promise<Record<string, unknown>> {
  const { parseSeeds } = await import('../seeds.ts')
  const { suite, seeds, tasks, name, concurrency, attempts, priority, timeoutMultiplier } = typed
  const fields = {
    name,
    suite: suite === undefined ? undefined : suitePath(suite, folder),
    tasks,
    contestants: contestants?.entries,
    seeds: seeds === undefined ? undefined : parseSeeds(seeds),
    concurrency,
    attempts,
    priority,
    timeoutMultiplier,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** Limits on models: those of the flags over those of the file, one by one. */
function limitsOver(
  { perTrial }: Readonly<Record<string, unknown>>,
  { budget, maxCost, maxTokens, maxCalls, maxModelTime }: z.output<z.ZodObject<typeof flags>>,
): Record<string, unknown> {
  const fields = { cost: maxCost, tokens: maxTokens, calls: maxCalls, modelTime: maxModelTime }
  const typed = Object.entries(fields).filter(([, value]) => value !== undefined)
  const written = typeof perTrial === 'object' && perTrial !== null ? perTrial : {}
  return {
    ...(budget === undefined ? {} : { budget }),
    ...(typed.length === 0 ? {} : { perTrial: { ...written, ...Object.fromEntries(typed) } }),
  }
}
