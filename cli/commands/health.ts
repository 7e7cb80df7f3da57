import type { TaskHealth } from '../../analytics/analysis/analysis-document.ts'
import { command } from '../command.ts'
import type { CommandContext } from '../command-context.ts'
import type { Connections } from '../connections.ts'
import { LEVEL_FLAG } from '../statistics-flags.ts'

export const health = command({
  words: ['health'],
  summary: 'Show what tasks are worth: solved by whom, telling whom apart, broken or not.',
  details:
    'Of sweeps, or of a suite: then all sweeps that have ended count, with the results of its tasks as ' +
    'they are now. Solve rates are over contestants that compete; the reference solution, doing ' +
    'nothing and known cheats are checks of a task. A flag says what to look at and why, and is no ' +
    'verdict.',
  args: {
    of: {
      summary:
        "a suite's name or path; else sweeps, each by its id, the beginning of one, its name, or latest",
      variadic: true,
    },
  },
  flags: { level: LEVEL_FLAG },
  examples: [
    { line: 'sbench health latest', does: 'every task of the sweep submitted last' },
    { line: 'sbench health starter', does: 'every task of a suite, by all that has been run' },
  ],
  async run({ args, flags }, context) {
    const { healthText } = await import('../../analytics/analysis/analysis-text.ts')
    const { openFarm } = await import('../open-farm.ts')
    await using farm = await openFarm(flags, context)
    const found = await healthOf(farm, args.of, { level: flags.level, context })
    const { notes, ...document } = found
    context.output.answer({ ...document, level: flags.level }, () =>
      [...healthText(found.tasks, { health: true }), ...notes].join('\n'),
    )
  },
})

interface FoundHealth {
  readonly sweeps: readonly string[]
  readonly suite: string | null
  /** Tasks of the suite that nobody has run as they are now. */
  readonly untried: readonly string[]
  readonly tasks: readonly TaskHealth[]
  readonly notes: readonly string[]
}

async function healthOf(
  farm: Connections,
  named: readonly string[],
  { level, context }: { readonly level: number; readonly context: CommandContext },
): Promise<FoundHealth> {
  const { taskHealth } = await import('../../analytics/analysis/task-health.ts')
  const { listSuites, loadSuite } = await import('../../tasks/load-suite.ts')
  const { suitePath } = await import('../suite-path.ts')
  const [only = '', ...others] = named
  const path = suitePath(only, context.folder)
  const isSuite = path !== only || (await listSuites()).some(({ name }) => name === only)
  if (others.length === 0 && isSuite) {
    const { readSuiteResults } = await import('../../analytics/results/read-suite-results.ts')
    const suite = await loadSuite(path)
    const { results, sweeps, untried } = await readSuiteResults(farm.store, suite)
    const tasks = taskHealth(results, { level })
    const many = sweeps.length === 1 ? '1 sweep' : `${sweeps.length} sweeps`
    const notes = [
      `${suite.name} ${suite.version}, by ${many}, simulated contestants left out.`,
      ...(untried.length === 0 ? [] : [`Not run as they are now: ${untried.join(', ')}.`]),
    ]
    return { sweeps, suite: suite.name, untried, tasks, notes }
  }
  const { readSweepsTogether } = await import('../read-sweeps-together.ts')
  const { results, names } = await readSweepsTogether(farm, named)
  return {
    sweeps: names,
    suite: null,
    untried: [],
    tasks: taskHealth(results, { level }),
    notes: [],
  }
}
