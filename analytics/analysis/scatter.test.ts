import { expect, test } from 'vitest'
import { analysisOf, resultsOf, syntheticRows } from '../../test/support/synthetic-board.ts'
import { frontierOf } from './cost-frontier.ts'
import { taskHistograms } from './scatter.ts'

const rows = (size: Parameters<typeof syntheticRows>[0]) => [...syntheticRows(size)]

test('a histogram and what luck alone would give hold the same tasks and the same mean', () => {
  const results = resultsOf(rows({ contestants: 3, tasks: 40, seeds: 8 }))
  for (const { contestant, bins } of taskHistograms(results)) {
    const sum = (of: (bin: (typeof bins)[number]) => number) =>
      bins.reduce((total, bin) => total + of(bin), 0)
    expect(
      sum(({ tasks }) => tasks),
      contestant,
    ).toBe(40)
    expect(sum(({ expected }) => expected)).toBeCloseTo(40, 6)
    const [seen, luck] = [
      sum(({ rate, tasks }) => rate * tasks) / 40,
      sum(({ rate, expected }) => rate * expected) / 40,
    ]
    // Equal but for cells that lost trials, whose rates fall into the nearest bin.
    expect(Math.abs(seen - luck)).toBeLessThan(0.02)
  }
})

test('with whole cells the expected numbers are those of the binomial law', () => {
  const made = [3, 1, 2, 0].flatMap((passed, task) =>
    [0, 1, 2, 3].map((seed) => ({ contestant: 'a', task: `${task}`, seed, pass: seed < passed })),
  )
  const [histogram] = taskHistograms(resultsOf(made))
  // Six of sixteen trials passed: n = 4, p = 3/8.
  const chances = [625, 1_500, 1_350, 540, 81].map((ways) => (4 * ways) / 4_096)
  expect(histogram?.bins.map(({ tasks }) => tasks)).toEqual([1, 1, 1, 1, 0])
  for (const [at, { expected }] of (histogram?.bins ?? []).entries()) {
    expect(expected).toBeCloseTo(chances[at] ?? -1, 12)
  }
})

test('thousands of trials a task, and a rate of 0 or 1, give chances and no overflow', () => {
  const many = (pass: (seed: number) => boolean) =>
    resultsOf(
      Array.from({ length: 5_000 }, (_, seed) => ({
        contestant: 'a',
        task: 't',
        seed,
        pass: pass(seed),
      })),
    )
  for (const results of [many(() => false), many(() => true), many((seed) => seed % 2 === 0)]) {
    const [histogram] = taskHistograms(results)
    const expected = histogram?.bins.reduce((sum, bin) => sum + bin.expected, 0)
    expect(expected).toBeCloseTo(1, 9)
  }
})

test('the outlook at the present design is the typical interval of the board', async () => {
  const analysis = await analysisOf(rows({ contestants: 6, tasks: 40, seeds: 10 }))
  const { outlook, boards } = analysis
  const present = outlook?.designs.find(({ tasks, seeds }) => tasks === 40 && seeds === 10)?.half
  const entries = boards.find(({ measure }) => measure === 'score')?.entries ?? []
  const halves = entries.map(({ interval }) => ((interval?.high ?? 0) - (interval?.low ?? 0)) / 2)
  const squares = halves.reduce((sum, half) => sum + half * half, 0) / halves.length
  expect(present).toBeCloseTo(Math.sqrt(squares), 2)
})

test('cells, ends and boards say the same of the same trials', async () => {
  const { cells, ends, boards } = await analysisOf(rows({ contestants: 3, tasks: 12, seeds: 4 }))
  for (const { contestant, valid, planned, passed } of cells?.rows ?? []) {
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
    const end = ends?.find((row) => row.contestant === contestant)
    const entry = boards[0]?.entries.find((row) => row.contestant === contestant)
    expect([sum(planned), sum(valid), sum(passed)]).toEqual([
      entry?.planned,
      entry?.valid,
      end?.passed,
    ])
    expect(end?.planned).toBe(entry?.planned)
  }
})

test('costs have intervals over clusters, and none where there are too few of them', async () => {
  const made = rows({ contestants: 1, tasks: 24, seeds: 2 })
  const paired = made.map((row) => ({
    ...row,
    family: `f${Math.floor(Number(String(row.task).slice(-2)) / 2)}`,
  }))
  const widthOf = async (some: typeof made) => {
    const cost = (await analysisOf(some)).boards[0]?.entries[0]?.costPerTrial
    return [cost?.usd, (cost?.high ?? 0) - (cost?.low ?? 0)] as const
  }
  const [alone, together] = [await widthOf(made), await widthOf(paired)]
  expect(together[0]).toBeCloseTo(alone[0] ?? -1, 12)
  expect(together[1]).not.toBeCloseTo(alone[1], 6)
  const solve = async (some: typeof made) => {
    const { costPerSolve } = (await analysisOf(some)).boards[0]?.entries[0] ?? {}
    return costPerSolve ?? { usd: -1, low: null, high: null }
  }
  const [single, familiar] = [await solve(made), await solve(paired)]
  expect(familiar.usd).toBeCloseTo(single.usd, 12)
  expect(familiar.low).not.toBeCloseTo(single.low ?? -1, 6)
  const few = (await analysisOf(made.filter(({ task }) => String(task) < 'task-09'))).boards[0]
  expect(few?.entries[0]?.costPerTrial).toMatchObject({ low: null, high: null })
  expect(few?.entries[0]?.costPerSolve).toMatchObject({ low: null, high: null })
})

test('on the frontier is whom no other beats in both; equals are on it together', () => {
  const entry = (contestant: string, mean: number | null, usd: number | null) => ({
    contestant,
    mean,
    costPerTrial: usd === null ? null : { usd, low: null, high: null },
  })
  expect(
    frontierOf([
      entry('dear and good', 0.9, 3),
      entry('cheap', 0.4, 1),
      entry('cheap as well', 0.4, 1),
      entry('dearer, no better', 0.4, 2),
      entry('cheap and bad', 0.1, 1),
      entry('unknown', 1, null),
      entry('no score', null, 0.1),
    ]),
  ).toEqual(['cheap', 'cheap as well', 'dear and good'])
})
