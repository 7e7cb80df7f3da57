import { resolve } from 'node:path'
import { z } from 'zod'
import { Failure } from '../../core/failure.ts'
import { command } from '../command.ts'
import { positiveNumber, wholeNumber } from '../number-flag.ts'
import { LEVEL_FLAG } from '../statistics-flags.ts'

const SHARE = 'write a fraction between 0 and 1'
const share = () => z.coerce.number(SHARE).gt(0, SHARE).lt(1, SHARE)
const counts = (name: string) =>
  z
    .string()
    .regex(
      /^[1-9]\d{0,5}(,[1-9]\d{0,5})*$/,
      `write whole numbers with commas between, such as ${name}`,
    )
    .transform((text) => text.split(',').map(Number))

export const plan = command({
  words: ['plan'],
  summary: 'How many tasks and seeds find a difference, what no number of seeds can, and the cost.',
  details:
    'From a pass rate, the share of its variance between tasks and how alike contestants find tasks ' +
    'hard; or from what results show: --results <path> of any harness, or --sweep. Needs no farm ' +
    'without --sweep.',
  args: {},
  flags: {
    results: z.string().optional().meta({
      description: 'take variances and costs from these results, as `sbench analyze` reads them',
      value: 'path',
    }),
    sweep: z.string().optional().meta({
      description: 'take variances and costs from this sweep',
      value: 'sweep',
    }),
    rate: share().default(0.2).meta({ description: 'pass rate', value: 'fraction' }),
    icc: share().default(0.5).meta({
      description: 'share of the variance between tasks',
      value: 'fraction',
    }),
    correlation: share().default(0.8).meta({
      description: 'of the difficulty of tasks between two contestants',
      value: 'fraction',
    }),
    tasks: counts('25,50').prefault('25,50,100,200').meta({ description: 'tasks', value: 'n,n' }),
    seeds: counts('3,5').prefault('1,3,5,10').meta({
      description: 'seeds of each task',
      value: 'n,n',
    }),
    contestants: wholeNumber(2, 1_000).default(2).meta({
      description: 'contestants, of which all pairs are tested',
      value: 'n',
    }),
    difference: positiveNumber().optional().meta({
      description: 'the difference to be found, in points',
      value: 'points',
    }),
    level: LEVEL_FLAG,
    power: share().default(0.8).meta({
      description: 'chance of finding a difference of that size',
      value: 'fraction',
    }),
    cost: positiveNumber().optional().meta({ description: 'US dollars of a trial', value: 'usd' }),
  },
  examples: [
    { line: 'sbench plan --difference 5 --contestants 8', does: 'from typical variances' },
    {
      line: 'sbench plan --results results.csv --tasks 50,100 --difference 3',
      does: 'from what has been measured',
    },
  ],
  async run({ flags }, context) {
    const { contrastOfRate } = await import('../../analytics/statistics/planning.ts')
    const { planSweepSize, planText } = await import('../../analytics/analysis/sweep-plan.ts')
    const { measuredContrast } = await import('../measured-contrast.ts')
    const { rate, icc, correlation, difference, cost } = flags
    const paths = flags.results === undefined ? [] : [resolve(context.folder, flags.results)]
    const measured = await measuredContrast({ ...flags, paths }, context)
    if (measured === null && (flags.sweep !== undefined || paths.length > 0)) {
      const message =
        'Variances need two contestants that share two tasks of two valid trials each.'
      throw new Failure('statistics.bad-input', message)
    }
    const answer = planSweepSize({
      contrast: measured?.contrast ?? contrastOfRate({ rate, icc, correlation }),
      basis: measured?.basis ?? `rate ${rate}, ICC ${icc}, correlation ${correlation}`,
      tasks: flags.tasks,
      seeds: flags.seeds,
      contestants: flags.contestants,
      level: flags.level,
      power: flags.power,
      difference: difference === undefined ? undefined : difference / 100,
      costUsd: cost ?? measured?.costUsd ?? null,
    })
    context.output.answer(answer, () => planText(answer))
  },
})
