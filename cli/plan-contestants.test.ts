import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { BUILT_IN_MODELS, parseModels } from '../models/config.ts'
import { contestantsTyped } from './contestant-flags.ts'
import { planContestants } from './plan-contestants.ts'
import { sweepFileSchema } from './sweep-file.ts'
import { translationNotes } from './translation-notes.ts'

const plan = (contestants: unknown, { priced = false, models = BUILT_IN_MODELS } = {}) =>
  planContestants({ contestants }, { models, priced })
const names = (contestants: unknown) => plan(contestants).contestants.map(({ name }) => name)
const remedies = (contestants: unknown, options = {}) =>
  plan(contestants, options).problems.map(({ path, remedy }) => `${path}: ${remedy}`)

const ENGINEER = 'scripted/engineer'
const OPUS = 'anthropic/claude-opus-5'

test('with flags, agents that need a model meet each model, the others run once', () => {
  const entries = contestantsTyped({ agent: ['oracle', 'loop'], model: [ENGINEER, OPUS] })
  expect(names(entries)).toEqual(['oracle', `loop+${ENGINEER}`, `loop+${OPUS}`])
  expect(contestantsTyped({})).toBeUndefined()
})

test('parameters are part of the name and of the contestant', () => {
  const entries = contestantsTyped({
    agent: ['loop'],
    model: [OPUS],
    temperature: 0,
    reasoningEffort: 'high',
    maxTurns: 100,
  })
  const [contestant] = plan(entries).contestants
  expect(contestant).toMatchObject({
    name: `loop+${OPUS}@temperature=0,reasoningEffort=high,maxTurns=100`,
    agent: 'loop',
    model: OPUS,
    parameters: { temperature: 0, reasoningEffort: 'high', maxTurns: 100 },
  })
  expect(contestant?.modelFacts?.price?.asOf).toMatch(/^\d{4}-/)
})

test('parameters of flags are for agents with a model alone', () => {
  const entries = contestantsTyped({ agent: ['nop', 'loop'], model: [ENGINEER], temperature: 0 })
  expect(plan(entries).problems).toEqual([])
  expect(names(entries)).toEqual(['nop', `loop+${ENGINEER}@temperature=0`])
})

test('a model or a parameter that nobody takes is refused, as it is typed', () => {
  expect(() => contestantsTyped({ model: [OPUS] })).toThrow(/^--model without --agent/)
  expect(() => contestantsTyped({ maxTurns: 3 })).toThrow(/^--max-turns without --agent/)
  expect(() => contestantsTyped({ agent: ['nop'], model: [OPUS] })).toThrow(
    /none of nop takes a model/,
  )
})

test('every mistake about agents and models is found before the first trial', () => {
  const contestants = [
    'loop',
    'loop+antropic/claude-opus-5',
    { agent: 'nop', model: OPUS },
    { agent: 'nop', parameters: { temperature: 1 } },
    { agent: 'loop', model: ENGINEER, parameters: { command: 'make' } },
    { agent: 'loop', model: ENGINEER, agentVersion: '1.0.0', name: 'old' },
    { agent: 'loop', model: OPUS },
    `loop+${OPUS}`,
  ]
  expect(remedies(contestants)).toEqual([
    expect.stringMatching(/^contestants\.0\.model: loop needs a model/),
    expect.stringMatching(/^contestants\.1\.model: .*Did you mean anthropic\?/),
    expect.stringMatching(/^contestants\.2\.model: nop takes no model/),
    expect.stringMatching(/^contestants\.3\.parameters\.temperature: nop uses no model/),
    expect.stringMatching(/^contestants\.4\.parameters\.command: only the agent command/),
    expect.stringMatching(/^contestants\.5\.agentVersion: loop is part of this program/),
    expect.stringMatching(/^contestants\.7: this name is taken/),
  ])
})

test('with a budget, a price that is unknown is a mistake; a price of zero is not', () => {
  const text = 'providers: [{name: vllm, dialects: [openai-chat], baseUrl: "http://gpu:8000"}]'
  const models = parseModels(text, 'models.yaml')
  const contestants = ['loop+vllm/qwen', `loop+${ENGINEER}`]
  expect(remedies(contestants, { models })).toEqual([])
  expect(remedies(contestants, { models, priced: true })).toEqual([
    expect.stringMatching(/^contestants\.0\.model: its price is unknown/),
  ])
})

test('whose calls have to be translated is said', () => {
  const { contestants, providers } = plan([`loop+${OPUS}`, 'nop'])
  expect(providers.map(({ name }) => name)).toEqual(['anthropic'])
  expect(translationNotes(contestants, providers)).toEqual([])
})

test('the sweep file of docs/models.md is read as it stands', async () => {
  const page = await readFile(new URL('../docs/models.md', import.meta.url), 'utf8')
  const [text = ''] = [...page.matchAll(/```yaml\n(suite:.*?)```/gs)].map(([, body]) => body)
  const document: unknown = parse(text)
  expect(sweepFileSchema.parse(document)).toMatchObject({
    budget: 50_000_000,
    perTrial: { costMicros: 2_000_000, tokens: null, calls: 300, modelTimeMs: 3_600_000 },
  })
})
