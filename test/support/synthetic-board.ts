import type { Analysis } from '../../analytics/analysis/analysis-document.ts'
import { type AnalysisOptions, runAnalysis } from '../../analytics/analysis/run-analysis.ts'
import { ResultsCollector } from '../../analytics/results/collect-results.ts'
import type { Results } from '../../analytics/results/results.ts'
import type { RawRow } from '../../analytics/results/trial-row.ts'
import { Draws } from './simulated-board.ts'

export interface BoardSize {
  readonly contestants: number
  readonly tasks: number
  readonly seeds: number
}

/**
 * Rows of a benchmark as it may well be: tasks of all difficulties, contestants that differ and like
 * other tasks, partial credit from three dimensions, some trials lost, one contestant of unknown
 * cost. The same rows each time.
 */
export function* syntheticRows({ contestants, tasks, seeds }: BoardSize): Generator<RawRow> {
  const width = String(Math.max(contestants, tasks)).length
  const named = (what: string, at: number) => `${what}-${String(at).padStart(width, '0')}`
  const easy = new Draws(7, 0)
  const ease = Array.from({ length: tasks }, () => 5 * easy.uniform() - 3)
  for (let contestant = 0; contestant < contestants; contestant++) {
    const draws = new Draws(7, contestant + 1)
    const strength = (2.4 * contestant) / Math.max(1, contestants - 1)
    const price = 0.02 * 4 ** (3 * draws.uniform())
    for (let task = 0; task < tasks; task++) {
      const logit = (ease[task] ?? 0) + strength + 1.6 * (draws.uniform() - 0.5)
      const chance = 1 / (1 + Math.exp(-logit))
      for (let seed = 0; seed < seeds; seed++) {
        const trial = {
          contestant: `lab/${named('model', contestant)}`,
          task: named('task', task),
          seed,
          category: task % 3 === 0 ? 'backend' : task % 3 === 1 ? 'frontend' : 'operations',
        }
        const fate = draws.uniform()
        if (fate < 0.01 || (contestant === 1 && fate < 0.06)) {
          yield { ...trial, outcome: fate < 0.007 ? 'infra-failed' : 'ungraded' }
          continue
        }
        yield { ...trial, ...gradeOf(chance, draws), ...priceOf(contestant, price, draws) }
      }
    }
  }
}

function gradeOf(chance: number, draws: Draws) {
  const pass = draws.uniform() < chance
  const part = () => (pass ? 1 : Math.round(10 * draws.uniform() ** (1 / (0.3 + chance))) / 10)
  const [correctness, deployment] = [pass ? 1 : Math.min(0.9, part()), part()]
  const quality = Math.round(10 * (0.4 + 0.6 * draws.uniform())) / 10
  const end = pass ? 1 : draws.uniform()
  const outcome =
    end < 0.15 ? 'agent-timeout' : end < 0.22 ? 'agent-error' : end < 0.26 ? 'budget' : 'scored'
  const score = 0.6 * correctness + 0.3 * deployment + 0.1 * quality
  return { pass, score, outcome, dimensions: { correctness, deployment, quality } }
}

function priceOf(contestant: number, price: number, draws: Draws) {
  const wallSeconds = Math.round(60 + 600 * draws.uniform())
  const costUsd = price * (0.5 + draws.uniform())
  return contestant === 2 ? { wallSeconds } : { wallSeconds, costUsd }
}

export function syntheticResults(size: BoardSize): Results {
  return resultsOf(syntheticRows(size))
}

/** Rows as results; throws on rows that are none. */
export function resultsOf(rows: Iterable<RawRow>): Results {
  const collector = new ResultsCollector()
  let line = 0
  for (const row of rows) {
    line += 1
    collector.add(row, `line ${line}`)
  }
  return collector.finish('rows')
}

/** The whole document of some rows, with pairs and cells, as a report needs it. */
export function analysisOf(
  rows: Iterable<RawRow>,
  options: AnalysisOptions = {},
): Promise<Analysis> {
  const results = resultsOf(rows)
  const trials = [...results.scores.n, ...results.scores.missing].reduce((sum, n) => sum + n, 0)
  const source = { kinds: ['ndjson'], names: ['made'], rows: trials, notes: [] }
  return runAnalysis(results, source, { resamples: 200, pairs: true, cells: true, ...options })
}
