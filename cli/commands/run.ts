import { basename, dirname, resolve } from 'node:path'
import { z } from 'zod'
import { Failure } from '../../core/failure.ts'
import { command } from '../command.ts'
import { suitePath } from '../suite-path.ts'

const list = z.string().transform((text) => text.split(',').map((item) => item.trim()))
const number = (name: string) => z.coerce.number(`${name} is a number`).optional()

const flags = {
  suite: z.string().optional().meta({ description: 'a suite, or the path of one', value: 'suite' }),
  agent: list.optional().meta({ description: 'agents, with commas between', value: 'names' }),
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
  model: z.string().optional().meta({
    description: 'refused: no agent of this version takes a model',
    value: 'provider/name',
  }),
  detach: z.boolean().default(false).describe('submit, print the id, and leave'),
}

export const run = command({
  words: ['run'],
  summary: 'Submit a sweep, from a file or from flags, and watch it.',
  details:
    'Flags win over what the file says. Ctrl-C leaves the sweep running. Ends with exit code 5 when ' +
    'trials are missing at the end.',
  args: { file: { summary: 'a sweep file, YAML or JSON', optional: true } },
  flags,
  examples: [
    { line: 'sbench run nightly.yaml', does: 'submit a sweep file' },
    {
      line: 'sbench run --suite starter --agent oracle,nop --seeds 3',
      does: 'every task of a suite, two agents, three seeds',
    },
    {
      line: "sbench run --suite starter --agent sim/mid --tasks 'broken-*' --detach",
      does: 'some tasks, in the background',
    },
  ],
  async run({ args, flags }, context) {
    const { planSweep } = await import('../plan-sweep.ts')
    const { openFarm } = await import('../open-farm.ts')
    const { submitSweep } = await import('../submit-sweep.ts')
    const { output, folder } = context
    const path = args.file === undefined ? null : resolve(folder, args.file)
    const written = path === null ? {} : await writtenIn(path)
    const typed = await typedFields(flags, folder)
    const plan = await planSweep({ ...written, ...typed }, path === null ? 'sweep' : basename(path))

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
  folder: string,
): Promise<Record<string, unknown>> {
  const { parseSeeds } = await import('../seeds.ts')
  const { suite, agent, seeds, model, tasks, name, ...rest } = typed
  if (model !== undefined) throw noModels(model)
  const { concurrency, attempts, priority, timeoutMultiplier } = rest
  const fields = {
    name,
    suite: suite === undefined ? undefined : suitePath(suite, folder),
    tasks,
    contestants: agent,
    seeds: seeds === undefined ? undefined : parseSeeds(seeds),
    concurrency,
    attempts,
    priority,
    timeoutMultiplier,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** Said of the flag itself, so that it holds for a file's contestants too. */
function noModels(model: string): Failure {
  const message = `--model ${model}: no agent of this version takes a model. Leave the flag out.`
  return new Failure('input.invalid', message, { facts: { model } })
}
