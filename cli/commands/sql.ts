import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { Failure } from '../../core/failure.ts'
import { command } from '../command.ts'
import type { CommandContext } from '../command-context.ts'

/** What ClickHouse calls them. */
const FORMATS = { table: 'PrettySpace', json: 'JSON', csv: 'CSVWithNames' } as const

export const sql = command({
  words: ['sql'],
  summary: 'Ask the database, as the analyst who can only read.',
  details:
    'Tables and views are in the database `sbench`. A FORMAT clause in the query wins over --format. ' +
    '--json is --format json.',
  args: { query: { summary: 'SQL of ClickHouse; stdin when it is -', optional: true } },
  flags: {
    file: z.string().optional().meta({ description: 'read the query from a file', value: 'file' }),
    format: z.enum(['table', 'json', 'csv']).default('table').describe('how rows are printed'),
  },
  examples: [
    {
      line: "sbench sql 'SELECT contestant, pass_rate FROM sbench.leaderboard_pass_fail'",
      does: 'pass rates of all sweeps',
    },
    { line: 'sbench sql --file slow.sql --format csv > slow.csv', does: 'a query from a file' },
  ],
  async run({ args, flags }, context) {
    const query = await queryOf(args.query, flags.file, context)
    const { openFarm } = await import('../open-farm.ts')
    const { analystQuery } = await import('../analyst-query.ts')
    const { copyTo } = await import('../copy-to.ts')
    await using farm = await openFarm(flags, context)
    const format = FORMATS[context.output.json ? 'json' : flags.format]
    const rows = await analystQuery(farm.analyst, { sql: query, format })
    await copyTo(rows, context.output.stdout)
  },
})

async function queryOf(
  typed: string | undefined,
  file: string | undefined,
  { folder, readInput }: Pick<CommandContext, 'folder' | 'readInput'>,
): Promise<string> {
  if ((typed === undefined) === (file === undefined)) {
    throw new Failure('input.invalid', 'Give a query, or --file with one: either, not both.')
  }
  if (typed === '-') return readInput()
  if (typed !== undefined) return typed
  const path = resolve(folder, file ?? '')
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Failure('input.invalid', `The file ${path} cannot be read.`, { cause })
  })
}
