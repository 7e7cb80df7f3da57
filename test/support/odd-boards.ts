import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Analysis } from '../../analytics/analysis/analysis-document.ts'
import { runAnalysis } from '../../analytics/analysis/run-analysis.ts'
import { readResults } from '../../analytics/results/read-results.ts'
import type { RawRow } from '../../analytics/results/trial-row.ts'
import { analysisOf, syntheticRows } from './synthetic-board.ts'

const FIXTURES = fileURLToPath(new URL('../fixtures/results', import.meta.url))
const HOSTILE = `<img src=x onerror="alert('1')">&amp;]]>\u0000\u202e\ud800 ${'x'.repeat(400)}`

async function fixture(...names: string[]): Promise<Analysis> {
  const paths = names.map((name) => join(FIXTURES, name))
  const { results, kinds, rows, notes } = await readResults(paths)
  const source = { kinds, names, rows, notes }
  return runAnalysis(results, source, { resamples: 200, pairs: true, cells: true })
}

export const rows = (size: Parameters<typeof syntheticRows>[0]) => [...syntheticRows(size)]
const hostile = (name: unknown): string => `${HOSTILE} ${name}`

const lost = ({ contestant, task, seed, category }: RawRow): RawRow => ({
  contestant,
  task,
  seed,
  category,
  outcome: 'infra-failed',
})

/** Boards of all kinds, the odd ones above all. */
export const BOARDS: Readonly<Record<string, () => Promise<Analysis>>> = {
  'jobs of Harbor': () => fixture('harbor-jobs'),
  'logs of Inspect': () => fixture('inspect-alpha.eval', 'inspect-beta.eval'),
  'one task, one seed, one contestant': () =>
    analysisOf([{ contestant: 'a', task: 't', seed: 1, score: 1 }]),
  'one seed': () => analysisOf(rows({ contestants: 3, tasks: 10, seeds: 1 })),
  'a small sweep': () => analysisOf(rows({ contestants: 4, tasks: 12, seeds: 5 })),
  'many contestants and tasks': () => analysisOf(rows({ contestants: 30, tasks: 160, seeds: 2 })),
  'no costs': () =>
    analysisOf(rows({ contestants: 3, tasks: 12, seeds: 3 }).map(({ costUsd: _, ...row }) => row)),
  'no valid trial': () => analysisOf(rows({ contestants: 2, tasks: 3, seeds: 2 }).map(lost)),
  'a contestant without a valid trial': () =>
    analysisOf(
      rows({ contestants: 3, tasks: 12, seeds: 3 }).map((row) =>
        row.contestant === 'lab/model-01' ? lost(row) : row,
      ),
    ),
  'nothing ever passed': () =>
    analysisOf(
      rows({ contestants: 3, tasks: 12, seeds: 3 }).map(({ contestant, task, seed }) => ({
        contestant,
        task,
        seed,
        score: 0,
        costUsd: 0,
      })),
    ),
  'names that are hostile': () =>
    analysisOf(
      rows({ contestants: 3, tasks: 12, seeds: 2 }).map((row) => ({
        ...row,
        contestant: hostile(row.contestant),
        task: hostile(row.task),
        category: HOSTILE,
      })),
    ),
}
