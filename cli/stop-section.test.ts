import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { plannedLooks } from '../analytics/statistics/stop-verdict.ts'
import { newSweepId } from '../core/ids.ts'
import { BUILT_IN_MODELS, parseModels } from '../models/config.ts'
import { newManifest } from './make-manifest.ts'
import { planSweep } from './plan-sweep.ts'
import { planStop, stopSchema } from './stop-section.ts'
import { sweepFileSchema } from './sweep-file.ts'

const AROUND = { contestants: ['loop', 'nop', 'oracle'], rounds: 10 }

test('what a stop section leaves out has defaults, and a margin in points is a fraction', () => {
  const { rule, problems } = planStop({ contrast: ['loop', 'nop'], margin: 2 }, AROUND)
  expect(problems).toEqual([])
  expect(rule).toEqual({
    firsts: ['loop'],
    second: 'nop',
    measure: 'pass',
    method: 'confidence-sequence',
    level: 0.95,
    margin: 0.02,
    minRounds: 3,
    maxRounds: 10,
    looks: 0,
    precise: true,
    budgetMicros: null,
  })
})

test('a baseline is compared with every other contestant', () => {
  const section = { contrast: { baseline: 'nop' }, method: 'obrien-fleming', budget: '20usd' }
  expect(planStop(section, AROUND).rule).toMatchObject({
    firsts: ['loop', 'oracle'],
    second: 'nop',
    looks: 3,
    budgetMicros: 20_000_000,
  })
})

test('no section is no rule', () => {
  expect(planStop(undefined, AROUND)).toEqual({ rule: null, problems: [] })
  expect(planStop(null, AROUND)).toEqual({ rule: null, problems: [] })
})

const told = (section: unknown, around: Partial<typeof AROUND> = {}) =>
  planStop(section, { ...AROUND, ...around }).problems.map(
    ({ path, value, remedy }) => `${path} = ${value}: ${remedy}`,
  )

test('every mistake of the section is told with its place, value and remedy', () => {
  const section = {
    contrast: { baseline: 'nop' },
    level: 95,
    margin: 0,
    method: 'bayes',
    measure: 'cost',
    minRounds: 1,
    looks: 1,
    precise: 'yes',
    budget: 'much',
    look: 3,
  }
  expect(told(section)).toEqual([
    expect.stringMatching(/^stop\.measure = cost: write pass or score$/),
    expect.stringMatching(/^stop\.method = bayes: write confidence-sequence or obrien-fleming$/),
    expect.stringMatching(/^stop\.level = 95: write a fraction from 0\.5/),
    expect.stringMatching(/^stop\.margin = 0: write points above 0/),
    expect.stringMatching(/^stop\.minRounds = 1: write a whole number from 2$/),
    expect.stringMatching(/^stop\.looks = 1: write a whole number from 2 to 20/),
    expect.stringMatching(/^stop\.precise = yes: write true or false$/),
    expect.stringMatching(/^stop\.budget = much: write US dollars/),
    expect.stringMatching(/^stop\.look = undefined: unknown field/),
  ])
  expect(told({})).toEqual([
    expect.stringMatching(/^stop\.contrast = undefined: name two contestants/),
  ])
  expect(told('soon')).toEqual([expect.stringMatching(/^stop = .*: write a table/)])
})

test('what can be read of a section with mistakes is checked too', () => {
  const section = { contrast: ['lop', 'nop'], level: 95, minRounds: 12, looks: 2 }
  expect(told(section)).toEqual([
    expect.stringMatching(/^stop\.level = 95/),
    expect.stringMatching(/^stop\.contrast\.0 = lop: .*Did you mean loop\?/),
    expect.stringMatching(/^stop\.minRounds = 12: the sweep has 10 seeds/),
    expect.stringMatching(/^stop\.looks = 2: a confidence sequence/),
  ])
})

test('names are those of contestants, and a contestant is not compared with itself', () => {
  expect(told({ contrast: ['lop', 'nop'] })).toEqual([
    expect.stringMatching(/^stop\.contrast\.0 = lop: no contestant.*Did you mean loop\?/),
  ])
  expect(told({ contrast: { baseline: 'best' } })[0]).toMatch(/There are loop, nop, oracle$/)
  expect(told({ contrast: ['nop', 'nop'] })[0]).toMatch(/^stop\.contrast\.1 = nop: name another/)
  const alone = { contestants: ['nop'] }
  expect(told({ contrast: { baseline: 'nop' } }, alone)[0]).toMatch(/nothing to compare/)
})

test('a rule that could save nothing is refused', () => {
  const contrast = ['loop', 'nop']
  expect(told({ contrast }, { rounds: 2 })[0]).toMatch(/^stop = .*2 seeds.*at least 3$/)
  expect(told({ contrast }, { rounds: 3 })[0]).toMatch(/minRounds = 3: .*write 2, or ask/)
  expect(told({ contrast, minRounds: 2 }, { rounds: 3 })).toEqual([])
  expect(told({ contrast, looks: 3 })[0]).toMatch(/^stop\.looks = 3: a confidence sequence looks/)
  const planned = { contrast, method: 'obrien-fleming', looks: 5 }
  expect(told(planned)[0]).toMatch(
    /looks = 5: .*after 2 rounds.*minRounds, which is 3; write at most 4/,
  )
})

test('whatever number of looks is accepted, the first comes after minRounds and one more is refused', () => {
  const worlds = fc.record({
    rounds: fc.integer({ min: 3, max: 60 }),
    minRounds: fc.integer({ min: 2, max: 8 }),
    looks: fc.integer({ min: 2, max: 20 }),
  })
  fc.assert(
    fc.property(worlds, ({ rounds, minRounds, looks }) => {
      const section = { contrast: ['loop', 'nop'], method: 'obrien-fleming', minRounds, looks }
      const { rule, problems } = planStop(section, { ...AROUND, rounds })
      if (rule !== null) {
        const after = plannedLooks(rule)
        expect(after[0]).toBeGreaterThanOrEqual(minRounds)
        expect(new Set(after).size).toBe(looks)
        expect(after.at(-1)).toBe(rounds)
      }
      const most = Number(/at most (\d+)/.exec(problems[0]?.remedy ?? '')?.[1] ?? 0)
      if (most < 2) return
      expect(
        planStop({ ...section, looks: Math.min(20, most) }, { ...AROUND, rounds }).problems,
      ).toEqual([])
      expect(looks).toBeGreaterThan(most)
    }),
  )
})

test('the sweep file of docs/sweep-files.md is planned as it stands, and its tables have every field', async () => {
  const page = await readFile(new URL('../docs/sweep-files.md', import.meta.url), 'utf8')
  const [, text = ''] = /```yaml\n(.*?)```/s.exec(page) ?? []
  const document: unknown = parse(text)
  const { stop } = await planSweep(document as Record<string, unknown>, {
    subject: 'the page',
    models: BUILT_IN_MODELS,
  })
  expect(stop).toMatchObject({
    firsts: ['loop+scripted/engineer'],
    second: 'half-way',
    margin: 0.02,
  })
  for (const field of [...sweepFileSchema.keyof().options, ...stopSchema.keyof().options]) {
    expect(page).toMatch(new RegExp(`^\\| \`${field}\` \\|`, 'm'))
  }
})

const suite = new URL('../test/fixtures/tasks', import.meta.url).pathname
const planned = (stop: unknown, more: Record<string, unknown> = {}, models = BUILT_IN_MODELS) =>
  planSweep(
    { suite, tasks: ['greet'], contestants: ['oracle', 'nop'], seeds: 6, stop, ...more },
    { subject: 'sweep', models },
  )

test('a sweep file with a stop section makes a manifest with its rule, others make none', async () => {
  const plan = await planned({ contrast: ['oracle', 'nop'] })
  expect(newManifest(newSweepId(), plan, []).stop).toMatchObject({
    firsts: ['oracle'],
    maxRounds: 6,
  })
  expect(newManifest(newSweepId(), await planned(undefined), [])).not.toHaveProperty('stop')
})

test('mistakes of the section are told together with those of the rest of the file', async () => {
  const wrong = planned({ contrast: ['oracle', 'nopp'], level: 0.9 }, { attempts: 0 })
  await expect(wrong).rejects.toMatchObject({ code: 'sweep.invalid', facts: { problems: 2 } })
  await expect(wrong).rejects.toThrow(
    /attempts = 0[\s\S]*stop\.contrast\.1 = "nopp": no contestant/,
  )
})

test('a budget for stopping needs prices, as any budget does', async () => {
  const contestants = ['nop', { agent: 'loop', model: 'vllm/qwen' }]
  const contrast = { baseline: 'nop' }
  const text = 'providers: [{name: vllm, dialects: [openai-chat], baseUrl: "http://gpu:8000"}]'
  const models = parseModels(text, 'models.yaml')
  await expect(planned({ contrast, budget: 5 }, { contestants }, models)).rejects.toThrow(
    /contestants\.1\.model = "vllm\/qwen": its price is unknown/,
  )
  const { stop } = await planned({ contrast }, { contestants }, models)
  expect(stop?.firsts).toEqual(['loop+vllm/qwen'])
})
