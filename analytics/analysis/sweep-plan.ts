import {
  type ContrastVariance,
  detectableDifference,
  detectableOnTheseTasks,
  seedsFor,
  tasksFor,
} from '../statistics/planning.ts'
import { aligned, percent, ruleUnder } from '../text/figures.ts'

export interface PlanInput {
  readonly contrast: ContrastVariance
  /** Where the variances come from, in words. */
  readonly basis: string
  readonly tasks: readonly number[]
  readonly seeds: readonly number[]
  readonly contestants: number
  readonly level: number
  readonly power: number
  /** The difference that one wants to find, as a fraction. */
  readonly difference?: number | undefined
  /** Dollars of a trial, mean over contestants; null when unknown. */
  readonly costUsd: number | null
}

/** What designs of so many tasks and seeds can find, and what they cost. Fractions of 1. */
export interface SweepPlan extends Omit<PlanInput, 'tasks' | 'seeds'> {
  /** That are tested together: Holm's first step. */
  readonly pairs: number
  readonly designs: readonly PlannedDesign[]
  /** What no number of seeds can go below, by tasks. */
  readonly floors: readonly { readonly tasks: number; readonly detectable: number }[]
  readonly answers: readonly PlanAnswer[]
}

export interface PlannedDesign {
  readonly tasks: number
  readonly seeds: number
  readonly trials: number
  readonly detectable: number
  readonly detectableOnTheseTasks: number
  readonly costUsd: number | null
}

/** How the difference that is asked for can be found. */
export interface PlanAnswer {
  readonly tasks: number
  /** Null: no number of seeds is enough with so many tasks. */
  readonly seeds: number | null
  readonly costUsd: number | null
  /** Tasks that would do with the seeds of the largest design. */
  readonly tasksNeeded: number
}

export function planSweepSize(input: PlanInput): SweepPlan {
  const { contrast, tasks, seeds, contestants, level, power, costUsd, difference } = input
  const pairs = Math.max(1, (contestants * (contestants - 1)) / 2)
  const options = { level, power, pairs }
  const cost = (trials: number) => (costUsd === null ? null : trials * costUsd)
  const most = Math.max(...seeds)
  const { basis } = input
  return {
    contrast,
    basis,
    contestants,
    level,
    power,
    difference,
    costUsd,
    pairs,
    designs: tasks.flatMap((count) =>
      seeds.map((runs): PlannedDesign => {
        const trials = count * runs * contestants
        const design = { tasks: count, seeds: runs }
        return {
          ...design,
          trials,
          detectable: detectableDifference(contrast, design, options),
          detectableOnTheseTasks: detectableOnTheseTasks(contrast, design, options),
          costUsd: cost(trials),
        }
      }),
    ),
    floors: tasks.map((count) => ({
      tasks: count,
      detectable: detectableDifference(
        contrast,
        { tasks: count, seeds: Number.POSITIVE_INFINITY },
        options,
      ),
    })),
    answers:
      difference === undefined
        ? []
        : tasks.map((count): PlanAnswer => {
            const needed = seedsFor(difference, contrast, { tasks: count, ...options })
            return {
              tasks: count,
              seeds: needed,
              costUsd: needed === null ? null : cost(count * needed * contestants),
              tasksNeeded: tasksFor(difference, contrast, { seeds: most, ...options }),
            }
          }),
  }
}

/** The plan as plain text: points by tasks and seeds, with the floor, and what was asked for. */
export function planText(plan: SweepPlan): string {
  const { designs, floors, pairs, level, power, contestants } = plan
  const seeds = [...new Set(designs.map((design) => design.seeds))]
  const table = (of: (design: PlannedDesign) => string, floor: boolean) =>
    floors.map(({ tasks, detectable }) => [
      `${tasks}`,
      ...designs.filter((design) => design.tasks === tasks).map(of),
      ...(floor ? [percent(detectable)] : []),
    ])
  const grid = (rows: readonly string[][], floor: boolean) => {
    const head = [
      'tasks',
      ...seeds.map((count) => (count === 1 ? '1 seed' : `${count} seeds`)),
      ...(floor ? ['any seeds'] : []),
    ]
    const [titles = '', ...lines] = aligned([head, ...rows], new Set(head.keys()))
    return [titles, ruleUnder(titles), ...lines]
  }
  const chance = Number((power * 100).toFixed(1))
  const confidence = Number((level * 100).toFixed(3))
  return [
    `Smallest difference, in points, found ${chance} % of the time at ${confidence} %`,
    `over tasks like these; ${contestants} contestants, ${pairs === 1 ? 'one pair' : `Holm over ${pairs} pairs`}; ${plan.basis}`,
    '',
    ...grid(
      table(({ detectable }) => percent(detectable), true),
      true,
    ),
    '',
    'On these tasks only:',
    ...grid(
      table((design) => percent(design.detectableOnTheseTasks), false),
      false,
    ),
    ...(plan.costUsd === null
      ? []
      : [
          '',
          `Cost in dollars, at ${plan.costUsd.toFixed(4)} a trial:`,
          ...grid(table(costText, false), false),
        ]),
    ...(plan.answers.length === 0 ? [] : ['', ...answersText(plan)]),
  ].join('\n')
}

const costText = ({ costUsd }: PlannedDesign): string => (costUsd ?? 0).toFixed(2)

function answersText({ answers, designs, difference = 0 }: SweepPlan): string[] {
  const most = Math.max(...designs.map(({ seeds }) => seeds))
  return answers.map(({ tasks, seeds, costUsd, tasksNeeded }) => {
    const asked = `${percent(difference)} points with ${tasks} tasks`
    if (seeds === null) {
      return `${asked}: no number of seeds is enough; ${most} seeds of ${tasksNeeded} tasks would be.`
    }
    const cost = costUsd === null ? '' : `, $${costUsd.toFixed(2)}`
    return `${asked}: ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}${cost}.`
  })
}
