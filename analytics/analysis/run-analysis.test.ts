import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ResultsCollector } from '../results/collect-results.ts'
import type { RawRow } from '../results/trial-row.ts'
import { fillWords, PURPOSE, uniformOf } from '../statistics/threefry.ts'
import { type Analysis, analysisSchema, type Board } from './analysis-document.ts'
import { analysisText } from './analysis-text.ts'
import { ResampleCache } from './resample-cache.ts'
import { type AnalysisOptions, runAnalysis } from './run-analysis.ts'

const SOURCE = { kinds: ['ndjson'], names: ['made'], rows: 0, notes: [] }

/** Contestants of growing strength on tasks of growing ease; a pass or a half credit. */
function made(contestants: number, tasks: number, seeds: number): RawRow[] {
  return Array.from({ length: contestants }, (_, contestant) =>
    Array.from({ length: tasks }, (__, task) => {
      const words = new Uint32Array(seeds)
      fillWords(words, { seed: 9, purpose: PURPOSE.simulation, index: contestant * tasks + task })
      return Array.from(words, (word, seed) => {
        const luck = uniformOf(word) - 0.08 * contestant - (0.7 * task) / tasks
        const score = luck < 0.2 ? 1 : luck < 0.4 ? 0.5 : 0
        return {
          contestant: `agent-${contestant}`,
          task: `task-${String(task).padStart(3, '0')}`,
          seed,
          score,
          costUsd: 0.25,
          wallSeconds: 60,
          category: task % 2 === 0 ? 'even' : 'odd',
          dimensions: { correctness: score },
        }
      })
    }),
  ).flat(2)
}

async function analysed(rows: readonly RawRow[], options: AnalysisOptions = {}): Promise<Analysis> {
  const collector = new ResultsCollector()
  for (const [at, row] of rows.entries()) collector.add(row, `line ${at + 1}`)
  const all = { pairs: true, resamples: 1_000, ...options }
  return runAnalysis(collector.finish('made'), { ...SOURCE, rows: rows.length }, all)
}

const boardOf = ({ boards }: Analysis, measure = 'pass'): Board => {
  const board = boards.find((each) => each.measure === measure)
  if (board === undefined) throw new Error(`no board ${measure}`)
  return board
}
const entryOf = (analysis: Analysis, contestant: string, measure = 'pass') => {
  const entry = boardOf(analysis, measure).entries.find((each) => each.contestant === contestant)
  if (entry === undefined) throw new Error(`no entry ${contestant}`)
  return entry
}

test('8 x 50 x 10: the document holds its schema, ranks hold their sets, findings are in order', async () => {
  const analysis = await analysed(made(8, 50, 10), { margin: 0.03, by: ['category'] })
  expect(analysisSchema.parse(JSON.parse(JSON.stringify(analysis)))).toEqual(analysis)
  for (const { entries, pairs } of analysis.boards) {
    expect(pairs).toHaveLength(28)
    expect(entries.reduce((sum, { pBest }) => sum + (pBest ?? 0), 0)).toBeCloseTo(1, 9)
    for (const { rank, rankSet, mean, interval, bootstrap } of entries) {
      expect(rankSet?.low).toBeLessThanOrEqual(rank ?? 0)
      expect(rankSet?.high).toBeGreaterThanOrEqual(rank ?? 99)
      expect(interval?.low).toBeLessThan(mean ?? 0)
      expect(Math.abs((bootstrap?.low ?? 9) - (interval?.low ?? 0))).toBeLessThan(0.03)
    }
    for (const { p, adjustedP, low, high, simultaneous, signFlip } of pairs ?? []) {
      expect(adjustedP).toBeGreaterThanOrEqual(p ?? 1)
      expect(simultaneous?.low).toBeLessThan(low ?? 0)
      expect(simultaneous?.high).toBeGreaterThan(high ?? 0)
      // The check that assumes no shape must not contradict the t test.
      expect(Math.abs((signFlip?.p ?? 9) - (p ?? 0))).toBeLessThan(0.05)
    }
  }
  expect(boardOf(analysis).entries[0]?.contestant).toBe('agent-7')
  expect(boardOf(analysis).pairs?.some(({ verdict }) => verdict === 'better')).toBe(true)
  expect(analysis.slices.map(({ by, value }) => `${by} ${value}`)).toContain('category odd')
  const text = analysisText(analysis)
  expect(text).toContain('95% interval over tasks like these, design-effect Wilson')
  expect(text).toMatch(/agent-7 – agent-0 +\+\d+\.\d +\+\d/)
  expect(text).toContain('first is better')
})

test('the same rows in another order, and with other names for contestants, say the same', async () => {
  const rows = made(3, 12, 2)
  const first = await analysed(rows)
  expect(await analysed(rows.toReversed())).toEqual(first)
  const renamed = rows.map((row) => ({
    ...row,
    contestant: `x-${2 - Number(String(row.contestant).slice(-1))}`,
  }))
  const second = await analysed(renamed)
  for (const at of [0, 1, 2]) {
    const { contestant: _, ...before } = entryOf(first, `agent-${at}`)
    const { contestant: __, ...after } = entryOf(second, `x-${2 - at}`)
    expect(after).toEqual(before)
  }
  expect((await analysed(rows, { seed: 2 })).boards).not.toEqual(first.boards)
})

test('one task, one seed: values, and no interval, test or resample', async () => {
  const analysis = await analysed([
    { contestant: 'a', task: 't', seed: 1, score: 1 },
    { contestant: 'b', task: 't', seed: 1, score: 0 },
  ])
  expect(entryOf(analysis, 'a')).toMatchObject({
    mean: 1,
    interval: null,
    theseTasks: null,
    pBest: null,
  })
  expect(boardOf(analysis).pairs?.[0]).toMatchObject({
    difference: 1,
    p: null,
    verdict: 'undecided',
  })
  expect(boardOf(analysis).pairs?.[0]?.mcnemar).toBe(1)
  expect(analysisText(analysis)).toContain('no interval below 10 tasks')
})

test('all pass and all fail keep a width, and are told apart', async () => {
  const rows = ['a', 'b'].flatMap((contestant) =>
    Array.from({ length: 12 }, (_, task) =>
      [1, 2].map((seed) => ({
        contestant,
        task: `${task}`,
        seed,
        score: contestant === 'a' ? 1 : 0,
      })),
    ).flat(),
  )
  const analysis = await analysed(rows)
  const [all, none] = [entryOf(analysis, 'a'), entryOf(analysis, 'b')]
  expect(all.interval?.low).toBeLessThan(0.9)
  expect(none.interval?.high).toBeGreaterThan(0.1)
  expect(all.theseTasks?.low).toBeLessThan(1)
  expect([all.rankSet, none.rankSet]).toEqual([
    { low: 1, high: 1 },
    { low: 2, high: 2 },
  ])
  expect(boardOf(analysis).pairs?.[0]).toMatchObject({
    constant: true,
    p: 2 ** -11,
    verdict: 'better',
  })
  expect(analysis.variance).toEqual([
    expect.objectContaining({ between: 0, within: 0, icc: null }),
    expect.objectContaining({ between: 0, within: 0, icc: null }),
  ])
})

test('a contestant that lacks a task is not ranked, is bounded, and is compared on the shared tasks', async () => {
  const rows = made(3, 12, 2).map((row) =>
    row.contestant === 'agent-1' && row.task === 'task-003'
      ? {
          contestant: 'agent-1',
          task: 'task-003',
          seed: row.seed,
          outcome: 'infra-failed',
          category: 'odd',
        }
      : row,
  )
  const analysis = await analysed(rows)
  const lacking = entryOf(analysis, 'agent-1')
  expect(lacking).toMatchObject({
    complete: false,
    rank: null,
    rankSet: null,
    pBest: null,
    tasks: 11,
  })
  expect(lacking.missing.infraFailed).toBe(2)
  expect(lacking.bounds?.low).toBeLessThan(lacking.mean ?? 0)
  const pairs = boardOf(analysis).pairs ?? []
  const shared = pairs.filter(({ first, second }) => [first, second].includes('agent-1'))
  expect(shared.map(({ tasks }) => tasks)).toEqual([11, 11])
  expect(shared[0]?.missingAlarm).toContain('trials are missing')
  expect(analysisText(analysis)).toContain('– in place of a rank')
})

test('no valid trial at all: dashes, no zeros', async () => {
  const rows = Array.from({ length: 12 }, (_, task) => ({
    contestant: 'a',
    task: `${task}`,
    seed: 1,
    outcome: 'cancelled',
  }))
  const analysis = await analysed(rows)
  expect(entryOf(analysis, 'a')).toMatchObject({
    mean: null,
    valid: 0,
    planned: 12,
    bounds: { low: 0, high: 1 },
  })
  expect(analysisText(analysis)).toMatch(/– +a +– +– +0\/12 +0\/12 +12 cancelled/)
})

test('unequal seeds weigh tasks alike, and copies of trials change no interval over tasks', async () => {
  const once = made(2, 15, 1)
  const copies = once.flatMap((row, at) =>
    Array.from({ length: 1 + (at % 15) }, (_, copy) => ({ ...row, seed: `${copy}` })),
  )
  const [few, many] = [await analysed(once), await analysed(copies)]
  for (const contestant of ['agent-0', 'agent-1']) {
    expect(entryOf(many, contestant, 'score').mean).toBeCloseTo(
      entryOf(few, contestant, 'score').mean ?? 9,
      12,
    )
    const [wide, narrow] = [few, many].map((each) => entryOf(each, contestant, 'score').interval)
    expect(narrow?.low).toBeCloseTo(wide?.low ?? 9, 12)
  }
})

test('families count, not their tasks', async () => {
  const rows = made(2, 40, 2)
  const families = rows.map((row) => ({
    ...row,
    family: `f${Number(String(row.task).slice(5)) % 12}`,
  }))
  const [alone, together] = [await analysed(rows), await analysed(families)]
  expect(alone.families).toBeNull()
  expect(together.families).toBe(12)
  expect(entryOf(together, 'agent-0').interval).toMatchObject({ tasks: 40, clusters: 12 })
  expect(boardOf(together).pairs?.[0]?.degrees).toBe(11)
  expect(together.notes.join()).toContain('12 clusters of 40 tasks')
})

test('with a baseline, slices compare with it, adjusted over all of them', async () => {
  const analysis = await analysed(made(3, 40, 3), { by: ['category'], baseline: 'agent-0' })
  const pairs = analysis.slices.flatMap((slice) => slice.pairs)
  expect(pairs).toHaveLength(8)
  expect(pairs.every(({ second, tasks }) => second === 'agent-0' && tasks === 20)).toBe(true)
  expect(pairs.every(({ p, adjustedP }) => (adjustedP ?? 0) >= (p ?? 1))).toBe(true)
  expect(pairs.some(({ p, adjustedP }) => (adjustedP ?? 0) > (p ?? 1))).toBe(true)
})

test('intervals of all pairs at once are narrower when only those with a baseline are shown', async () => {
  const rows = made(5, 20, 2)
  const widthOf = (analysis: Analysis) => {
    const pairs = boardOf(analysis, 'score').pairs ?? []
    const one = pairs.find(({ first, second }) => first === 'agent-4' && second === 'agent-0')
    return (one?.simultaneous?.high ?? 0) - (one?.simultaneous?.low ?? 0)
  }
  const [all, against] = [await analysed(rows), await analysed(rows, { baseline: 'agent-0' })]
  expect(widthOf(against)).toBeGreaterThan(0)
  expect(widthOf(against)).toBeLessThan(widthOf(all))
  expect(boardOf(against, 'score').entries).toEqual(boardOf(all, 'score').entries)
})

test('a low pass rate has the conservative interval besides, which is wider', async () => {
  const rows = made(1, 30, 3).map((row) => ({ ...row, score: row.task === 'task-004' ? 1 : 0 }))
  const { interval, conservative } = entryOf(await analysed(rows), 'agent-0')
  expect(interval?.rough).toBe(true)
  expect(conservative?.high).toBeGreaterThan(interval?.high ?? 1)
  expect(entryOf(await analysed(made(1, 30, 3)), 'agent-0').conservative).toBeNull()
})

test('tasks to look at: negative discrimination, never solved, saturated, lost trials', async () => {
  const rows = made(4, 12, 20).map((row) => {
    const { task, contestant } = row
    if (task === 'task-000') return { ...row, score: contestant === 'agent-0' ? 1 : 0 }
    if (task === 'task-001') return { ...row, score: 0 }
    if (task === 'task-002') return { ...row, score: 1 }
    return row
  })
  const { health } = await analysed([
    ...rows,
    { contestant: 'nop', task: 'task-002', seed: 1, score: 1, category: 'even' },
  ])
  const flagsOf = (task: string) =>
    health.find((each) => each.task === task)?.flags.map(({ flag }) => flag)
  expect(flagsOf('task-000')).toEqual(['negative-discrimination'])
  expect(flagsOf('task-001')).toEqual(['never-solved'])
  expect(flagsOf('task-002')).toEqual(['nop-passes', 'saturated'])
  expect(health.find(({ task }) => task === 'task-001')?.neverSolvedBound).toBeCloseTo(0.0368, 3)
})

test('cost per solve has an interval, and is not given while a cost is unknown', async () => {
  const rows = made(1, 20, 4)
  const solve = entryOf(await analysed(rows), 'agent-0').costPerSolve
  const rate = entryOf(await analysed(rows), 'agent-0').mean ?? 0
  expect(solve?.usd).toBeCloseTo(0.25 / rate, 9)
  expect(solve?.low).toBeLessThan(solve?.usd ?? 0)
  expect(solve?.high).toBeGreaterThan(solve?.usd ?? 9)
  const [first, ...rest] = rows
  const { costUsd: _, ...unknown } = first ?? {}
  const lacking = entryOf(await analysed([unknown, ...rest]), 'agent-0')
  expect(lacking).toMatchObject({ costPerSolve: null, unknownCosts: 1 })
})

test('resamples are kept by data, method, seed and number, and a damaged file is drawn again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sbench-cache-'))
  try {
    const cache = new ResampleCache(folder)
    const rows = made(2, 12, 2)
    const first = await analysed(rows, { cache })
    const kept = await readdir(folder)
    expect(kept).toHaveLength(3)
    expect(await analysed(rows, { cache })).toEqual(first)
    expect(await readdir(folder)).toEqual(kept)
    for (const file of kept) await writeFile(join(folder, file), 'damaged')
    expect(await analysed(rows, { cache })).toEqual(first)
    await analysed(rows, { cache, seed: 2 })
    expect(await readdir(folder)).toHaveLength(6)
    await analysed(rows, { cache, baseline: 'agent-0' })
    expect(await readdir(folder)).toHaveLength(9)
  } finally {
    await rm(folder, { recursive: true })
  }
})
