import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { analysisOf, syntheticRows } from '../../../test/support/synthetic-board.ts'
import type { Analysis } from '../../analysis/analysis-document.ts'
import type { RawRow } from '../../results/trial-row.ts'
import type { Figure } from '../figure.ts'
import { reportFigures } from '../report-figures.ts'
import { viridis } from '../viridis.ts'
import { tieGroups } from './board-bars.ts'

const rows = (size: Parameters<typeof syntheticRows>[0]): RawRow[] => [...syntheticRows(size)]

function figureOf(analysis: Analysis, id: string, options = {}): Figure {
  const figure = reportFigures(analysis, options).find((each) => each.id === id)
  if (figure === undefined) throw new Error(`no figure ${id}`)
  return figure
}

const markupOf = ({ drawing }: Figure): string => drawing?.markup ?? ''
/** Rows of a figure's table as objects. */
const recordsOf = ({ table }: Figure) =>
  table.values.map((cells) =>
    Object.fromEntries(table.columns.map(({ key }, at) => [key, cells[at]])),
  )
const texts = (markup: string): string[] =>
  [...markup.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text)

/** Attributes of elements of one name, in their order. */
const elements = (markup: string, name: string): Record<string, string>[] =>
  [...markup.matchAll(new RegExp(`<${name}\\b([^>]*?)/?>`, 'g'))].map(([, attributes = '']) =>
    Object.fromEntries([...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, k, v]) => [k, v])),
  )

test('bars are as long as their means, and whiskers stay within 0 and 100 %', async () => {
  const analysis = await analysisOf(rows({ contestants: 5, tasks: 20, seeds: 4 }))
  const figure = figureOf(analysis, 'board-pass')
  const bars = elements(markupOf(figure), 'rect').filter(({ height }) => height === '14')
  const means = analysis.boards[0]?.entries.map(({ mean }) => mean ?? 0) ?? []
  expect(bars).toHaveLength(5)
  const scale = Number(bars[0]?.width) / (means[0] ?? 1)
  for (const [at, bar] of bars.entries()) {
    expect(Number(bar.width)).toBeCloseTo((means[at] ?? 0) * scale, 1)
  }
  const [left, full] = [Number(bars[0]?.x), Number(bars[0]?.x) + scale]
  const whiskers = elements(markupOf(figure), 'line').filter((line) => line.class === 's-ink')
  expect(whiskers.length).toBeGreaterThanOrEqual(20)
  for (const { x1, x2 } of whiskers) {
    expect(Number(x1)).toBeGreaterThanOrEqual(left - 0.01)
    expect(Number(x2)).toBeLessThanOrEqual(full + 0.02)
  }
  expect(figure.caption.join(' ')).toContain('95 % intervals over tasks like these')
  expect(figure.caption.join(' ')).toContain('“!” marks missing trials')
  expect(texts(markupOf(figure)).filter((text) => text.endsWith(' !')).length).toBeGreaterThan(0)
})

test('hovering over a bar says the paired difference to the row above and to the baseline', async () => {
  const analysis = await analysisOf(rows({ contestants: 4, tasks: 20, seeds: 3 }))
  const [first, second, third] = analysis.boards[0]?.entries ?? []
  const markup = markupOf(figureOf(analysis, 'board-pass', { baseline: first?.contestant ?? '' }))
  const own = markup.match(new RegExp(`<title>${third?.contestant}: [^<]*</title>`))?.[0] ?? ''
  expect(own).toMatch(new RegExp(`less ${second?.contestant}: -?\\d+\\.\\d points \\(`))
  expect(own).toMatch(new RegExp(`less ${first?.contestant}: -\\d+\\.\\d points \\(-.*Holm p`))
})

test('below ten tasks bars have the means of tasks as dots, and no whisker', async () => {
  const analysis = await analysisOf(rows({ contestants: 2, tasks: 4, seeds: 1 }))
  const markup = markupOf(figureOf(analysis, 'board-pass'))
  expect(elements(markup, 'circle')).toHaveLength(8)
  expect(elements(markup, 'line').filter((line) => line.class === 's-ink')).toEqual([])
})

test('a new group of ties begins only where all above are surely better than all below', () => {
  const entries = (sets: readonly (readonly [number, number] | null)[]) =>
    sets.map((set) => ({ rankSet: set === null ? null : { low: set[0], high: set[1] } }))
  const groups = (...sets: (readonly [number, number] | null)[]) =>
    tieGroups(entries(sets) as unknown as Parameters<typeof tieGroups>[0])
  expect(groups([1, 2], [1, 2], [3, 4], [3, 4])).toEqual([0, 0, 1, 1])
  expect(groups([1, 2], [1, 3], [2, 3])).toEqual([0, 0, 0])
  expect(groups([1, 1], [2, 2], null)).toEqual([0, 1, 1])
})

test('segments of the composite add up to the number beside them', async () => {
  const analysis = await analysisOf(rows({ contestants: 3, tasks: 12, seeds: 3 }))
  const figure = figureOf(analysis, 'composite')
  for (const record of recordsOf(figure)) {
    const { correctness, deployment, quality, composite } = record as Record<string, number>
    const sum = 0.6 * (correctness ?? 0) + 0.3 * (deployment ?? 0) + 0.1 * (quality ?? 0)
    expect(sum).toBeCloseTo(composite ?? -1, 9)
    // These rows' scores are composites, so the board says the same.
    const board = analysis.boards.find(({ measure }) => measure === 'score')
    const entry = board?.entries.find(({ contestant }) => contestant === record.contestant)
    expect(entry?.mean).toBeCloseTo(composite ?? -1, 4)
    expect(entry?.interval?.low).toBeCloseTo(Number(record.low), 4)
  }
  expect(figure.caption.join(' ')).not.toContain('another number')
})

test('without all three dimensions there is no composite, and the figure says so', async () => {
  const plain = { contestant: 'a', task: 't', seed: 1, score: 1 }
  const none = figureOf(await analysisOf([plain]), 'composite')
  expect(none.drawing).toBeNull()
  expect(none.caption[0]).toContain('These tasks have no dimensions')
  const two = { ...plain, dimensions: { correctness: 1, deployment: 0.5 } }
  const some = figureOf(await analysisOf([two]), 'composite')
  expect(some.drawing).toBeNull()
  expect(some.caption[0]).toContain('other dimensions (correctness, deployment)')
  expect(recordsOf(some)).toHaveLength(2)
})

test('cells say how many of how many; those with few trials and those with none look apart', async () => {
  const trial = (contestant: string, task: string, seed: number, pass: boolean) => ({
    contestant,
    task,
    seed,
    pass,
  })
  const analysis = await analysisOf([
    ...[1, 2, 3].map((seed) => trial('a', 'easy', seed, true)),
    ...[1, 2, 3].map((seed) => trial('b', 'easy', seed, seed < 3)),
    trial('a', 'hard', 1, false),
    { contestant: 'b', task: 'hard', seed: 1, outcome: 'infra-failed' },
  ])
  const figure = figureOf(analysis, 'tasks-pass')
  const markup = markupOf(figure)
  const shown = texts(markup)
  expect(shown.filter((text) => /^\d\/\d$/.test(text))).toEqual(['2/3', '3/3', '0/1'])
  // The easiest task first, and the missing cell is hatched, not dark.
  expect(shown.indexOf('easy')).toBeLessThan(shown.indexOf('hard'))
  expect(markup.match(/url\(#tasks-pass-none\)/g)).toHaveLength(1)
  expect(elements(markup, 'rect').filter(({ rx }) => rx === '4')).toHaveLength(1)
  expect(recordsOf(figure)).toContainEqual({
    task: 'hard',
    contestant: 'b',
    planned: 1,
    valid: 0,
    passed: 0,
    mean: null,
  })
  // Scores are passes: a second map would say nothing.
  expect(figureOf(analysis, 'tasks-score').drawing).toBeNull()
})

test('a large map is one picture whose pixels are the cells’ rates', async () => {
  const analysis = await analysisOf(rows({ contestants: 20, tasks: 160, seeds: 3 }))
  const figure = figureOf(analysis, 'tasks-pass')
  const [, base64 = ''] = markupOf(figure).match(/base64,([^"]+)"/) ?? []
  const picture = decoded(Buffer.from(base64, 'base64'))
  const records = recordsOf(figure)
  expect(records).toHaveLength(3_200)
  const cell = { width: Math.floor(picture.width / 20), height: picture.height / 160 }
  for (const at of [0, 7, 19, 20, 1_234, 3_199]) {
    const { mean, valid } = records[at] as { mean: number | null; valid: number }
    const [row, column] = [Math.floor(at / 20), at % 20]
    const colour = picture.at(column * cell.width + 1, row * cell.height + 1)
    if (mean === null || valid < 3) continue
    const wanted = viridis(Math.round(mean * 63) / 63)
    expect(colour).toEqual([...wanted])
  }
})

/** Only what a picture of colour type 3 without filters needs. */
function decoded(png: Buffer) {
  const chunks = new Map<string, Buffer>()
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at)
    chunks.set(png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + length))
    at += length + 12
  }
  const header = chunks.get('IHDR') ?? Buffer.alloc(13)
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const pixels = inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0))
  const palette = chunks.get('PLTE') ?? Buffer.alloc(0)
  return {
    width,
    height,
    at(x: number, y: number): number[] {
      const place = pixels[y * (width + 1) + 1 + x] ?? 0
      return [...palette.subarray(place * 3, place * 3 + 3)]
    },
  }
}

test('curves end at the smallest number of trials, begin at the pass rate, and part from there', async () => {
  const all = rows({ contestants: 2, tasks: 12, seeds: 6 })
  const analysis = await analysisOf(
    all.filter(({ task, seed }) => task !== 'task-00' || Number(seed) < 4),
  )
  const records = recordsOf(figureOf(analysis, 'pass-k'))
  for (const { contestant, mean } of analysis.boards[0]?.entries ?? []) {
    const own = records.filter((record) => record.contestant === contestant)
    expect(own.length).toBeLessThanOrEqual(4)
    expect(own[0]?.pass_at_k).toBeCloseTo(mean ?? -1, 9)
    expect(own[0]?.pass_hat_k).toBeCloseTo(mean ?? -1, 9)
    expect(Number(own.at(-1)?.pass_at_k)).toBeGreaterThan(Number(own.at(-1)?.pass_hat_k))
  }
})

test('what has no known cost has no place on its axis, and no cost of nothing', async () => {
  const analysis = await analysisOf(rows({ contestants: 5, tasks: 12, seeds: 2 }))
  const figure = figureOf(analysis, 'cost')
  const unknown = recordsOf(figure).find(({ contestant }) => contestant === 'lab/model-02')
  expect(unknown).toMatchObject({ cost_usd: null, on_frontier: false })
  expect(elements(markupOf(figure), 'circle')).toHaveLength(4)
  expect(texts(markupOf(figure)).join(' ')).toContain('cost unknown')
  // Along the frontier what costs more is better, and nothing beside it is both.
  const records = recordsOf(figure) as unknown as {
    score: number
    cost_usd: number | null
    on_frontier: boolean
  }[]
  const best = records.filter((record) => record.on_frontier)
  expect(best.length).toBeGreaterThan(0)
  for (const { score, cost_usd } of best) {
    expect(
      records.some(
        (other) =>
          other.cost_usd !== null &&
          cost_usd !== null &&
          other.cost_usd < cost_usd &&
          other.score >= score,
      ),
    ).toBe(false)
  }
  const solves = recordsOf(figureOf(analysis, 'cost-per-solve'))
  expect(solves.find(({ contestant }) => contestant === 'lab/model-02')?.usd).toBeNull()
})

test('undecided pairs have no colour, decided ones are marked in both cells', async () => {
  const analysis = await analysisOf(rows({ contestants: 4, tasks: 30, seeds: 5 }))
  const markup = markupOf(figureOf(analysis, 'pairs-pass'))
  const pairs = analysis.boards[0]?.pairs ?? []
  const decided = pairs.filter(({ verdict }) => verdict !== 'undecided').length
  expect(decided).toBeGreaterThan(0)
  expect(decided).toBeLessThan(6)
  expect(markup.match(/▲/g)).toHaveLength(decided)
  expect(markup.match(/▼/g)).toHaveLength(decided)
  const fills = elements(markup, 'rect')
  expect(fills.filter((rect) => rect.class === 'f-blue')).toHaveLength(decided)
  expect(fills.filter((rect) => rect.class === 'f-orange')).toHaveLength(decided)
})

test('every planned trial is in one class of how it ended, and what is missing is grey', async () => {
  const made = rows({ contestants: 3, tasks: 12, seeds: 5 })
  const analysis = await analysisOf(made)
  const records = recordsOf(figureOf(analysis, 'failures'))
  const sum = records.reduce((total, { contestant, planned, ...ends }) => {
    const own = Object.values(ends).reduce<number>((all, trials) => all + Number(trials), 0)
    expect(own, `${contestant}`).toBe(planned)
    return total + own
  }, 0)
  expect(sum).toBe(made.length)
  const count = (is: (row: RawRow) => boolean) => made.filter(is).length
  const total = (key: string) => records.reduce((all, record) => all + Number(record[key]), 0)
  expect(total('agent_timeout')).toBe(count((row) => row.outcome === 'agent-timeout' && !row.pass))
  expect(total('infra_failed')).toBe(count((row) => row.outcome === 'infra-failed'))
  expect(total('near_miss')).toBe(
    count((row) => row.outcome === 'scored' && !row.pass && Number(row.score) >= 0.5),
  )
})

test('strips have a mark for every planned trial', async () => {
  const made = rows({ contestants: 3, tasks: 12, seeds: 5 })
  const markup = markupOf(figureOf(await analysisOf(made), 'seeds'))
  const passed = made.filter(({ pass }) => pass === true).length
  const missing = made.filter(({ pass }) => pass === undefined).length
  const circles = elements(markup, 'circle')
  expect(circles.filter((circle) => circle.class === 'f-blue')).toHaveLength(passed)
  expect(circles).toHaveLength(made.length - missing)
  expect(elements(markup, 'path').filter((path) => path.class === 's-red')).toHaveLength(missing)
})

test('more seeds narrow an interval no further than the floor, more tasks do', async () => {
  const analysis = await analysisOf(rows({ contestants: 3, tasks: 20, seeds: 5 }))
  const records = recordsOf(figureOf(analysis, 'outlook')) as unknown as {
    tasks: number
    seeds: number
    half_width: number
    floor: number
  }[]
  for (const [at, { tasks, half_width, floor }] of records.entries()) {
    expect(half_width).toBeGreaterThan(floor)
    const before = records[at - 1]
    if (before?.tasks === tasks) expect(half_width).toBeLessThan(before.half_width)
  }
  const one = (tasks: number) => records.find((row) => row.tasks === tasks && row.seeds === 5)
  expect(one(80)?.half_width).toBeLessThan((one(20)?.half_width ?? 0) / 2)
})

test('flagged tasks have a shape of their own, and those without a correlation a place of theirs', async () => {
  const made = rows({ contestants: 4, tasks: 12, seeds: 3 }).map((row) =>
    row.task === 'task-03'
      ? {
          contestant: row.contestant,
          task: row.task,
          seed: row.seed,
          category: row.category,
          score: 1,
        }
      : row,
  )
  const figure = figureOf(await analysisOf(made), 'health')
  const saturated = recordsOf(figure).find(({ task }) => task === 'task-03')
  expect(saturated).toMatchObject({ solve_rate: 1, item_rest: null, flags: 'saturated' })
  expect(texts(markupOf(figure))).toContain('saturated: 1')
  expect(texts(markupOf(figure))).toContain('none')
})

test('files have no phases, which is said; sweeps have theirs', async () => {
  const analysis = await analysisOf([{ contestant: 'a', task: 't', seed: 1, score: 1 }])
  const none = figureOf(analysis, 'time')
  expect([none.drawing, none.caption[0]]).toEqual([
    null,
    expect.stringContaining('not in this data'),
  ])
  const phase = { medianSeconds: 1, p95Seconds: 2 }
  const times = [
    {
      contestant: 'a',
      attempts: 2,
      phases: [
        { ...phase, phase: 'boot', totalSeconds: 3, share: 0.25 },
        { ...phase, phase: 'model wait', totalSeconds: 9, share: 0.75 },
      ],
    },
  ]
  const some = figureOf({ ...analysis, times }, 'time')
  const widths = elements(markupOf(some), 'rect')
    .filter((rect) => Number(rect.height) === 18)
    .map((rect) => Number(rect.width))
  expect((widths[1] ?? 0) / (widths[0] ?? 1)).toBeCloseTo(3, 1)
})
