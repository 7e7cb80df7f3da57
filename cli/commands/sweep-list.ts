import { command } from '../command.ts'
import { wholeNumber } from '../number-flag.ts'
import { textTable } from '../text-table.ts'

export const sweepList = command({
  words: ['sweep', 'list'],
  summary: 'List sweeps, the latest first.',
  args: {},
  flags: {
    limit: wholeNumber(1, 100_000).default(20).meta({ description: 'sweeps at most', value: 'n' }),
  },
  examples: [{ line: 'sbench sweep list', does: 'the last twenty' }],
  async run({ flags }, context) {
    const { listSweeps } = await import('../../analytics/read-sweeps.ts')
    const { openFarm } = await import('../open-farm.ts')
    await using farm = await openFarm(flags, context)
    const sweeps = await listSweeps(farm.store, { limit: flags.limit })
    context.output.answer(sweeps, () => {
      const rows = sweeps.map((each) => [
        each.sweep,
        each.name,
        `${each.suite} ${each.suiteVersion}`,
        each.status,
        `${each.finished}/${each.planned}`,
        String(each.passed),
        each.finished > each.valid ? String(each.finished - each.valid) : '',
        each.startedAt.slice(0, 16).replace('T', ' '),
      ])
      return textTable(
        [
          { title: 'sweep' },
          { title: 'name' },
          { title: 'suite' },
          { title: 'status' },
          { title: 'done', align: 'right' },
          { title: 'passed', align: 'right' },
          { title: 'missing', align: 'right' },
          { title: 'started (UTC)' },
        ],
        rows,
      ).join('\n')
    })
  },
})
