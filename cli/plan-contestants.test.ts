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

const typed = (flags: Parameters<typeof contestantsTyped>[0]) => contestantsTyped(flags)?.entries

test('with flags, agents that take a model meet each model, the others run once', () => {
  const entries = typed({ agent: ['oracle', 'loop'], model: [ENGINEER, OPUS] })
  expect(names(entries)).toEqual(['oracle', `loop+${ENGINEER}`, `loop+${OPUS}`])
  expect(contestantsTyped({})).toBeNull()
})

test('parameters are part of the name and of the contestant', () => {
  const entries = typed({
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

test('parameters of flags reach the agents that have them, and it is said whom they do not reach', () => {
  const flags = { agent: ['loop', 'codex'], model: [ENGINEER], temperature: 0, maxTurns: 9 }
  expect(plan(typed(flags)).problems).toEqual([])
  expect(names(typed(flags))).toEqual([
    `loop+${ENGINEER}@temperature=0,maxTurns=9`,
    `codex+${ENGINEER}@maxTurns=9`,
  ])
  expect(contestantsTyped(flags)?.notes).toEqual([
    'note: codex takes no --temperature; it runs without',
  ])
})

test('the agent command is named after what it runs, with a model or without', () => {
  const flags = { agent: ['command'], command: 'aider --message-file {instruction}' }
  expect(names(typed(flags))).toEqual([expect.stringMatching(/^command@command=[0-9a-f]{8}$/)])
  const [contestant] = plan(typed({ ...flags, model: [OPUS] })).contestants
  expect(contestant).toMatchObject({ model: OPUS, parameters: { command: flags.command } })
  expect(remedies(['command'])).toEqual([
    expect.stringMatching(/^contestants\.0\.parameters\.command: say what it runs/),
  ])
})

test('a model or a parameter that nobody takes is refused, as it is typed', () => {
  expect(() => contestantsTyped({ model: [OPUS] })).toThrow(/^--model: say which agents/)
  expect(() => contestantsTyped({ maxTurns: 3 })).toThrow(/^--max-turns: say which agents/)
  const nop = { agent: ['nop'] }
  expect(() => contestantsTyped({ ...nop, model: [OPUS] })).toThrow(/none of nop takes a model/)
  expect(() => contestantsTyped({ ...nop, temperature: 1 })).toThrow(/^--temperature: none of nop/)
})

test('every mistake about agents and models is found before the first trial', () => {
  const contestants = [
    'loop',
    'loop+antropic/claude-opus-5',
    { agent: 'nop', model: OPUS },
    { agent: 'nop', parameters: { temperature: 1 } },
    { agent: 'loop', model: ENGINEER, parameters: { command: 'make' } },
    { agent: 'loop', model: ENGINEER, agentVersion: '1.0.0', name: 'old' },
    { agent: 'codex', model: ENGINEER, agentVersion: '0.1.0' },
    { agent: 'loop', model: OPUS },
    `loop+${OPUS}`,
  ]
  expect(remedies(contestants)).toEqual([
    expect.stringMatching(/^contestants\.0\.model: loop needs a model/),
    expect.stringMatching(/^contestants\.1\.model: .*Did you mean anthropic\?/),
    expect.stringMatching(/^contestants\.2\.model: nop takes no model/),
    expect.stringMatching(/^contestants\.3\.parameters\.temperature: nop has no such parameter/),
    expect.stringMatching(/^contestants\.4\.parameters\.command: only the agent command/),
    expect.stringMatching(/^contestants\.5\.agentVersion: loop is part of this program/),
    expect.stringMatching(/^contestants\.6\.agentVersion: this farm installs codex \d/),
    expect.stringMatching(/^contestants\.8: this name is taken/),
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
  const own = plan([`loop+${OPUS}`, `claude-code+${OPUS}`, 'nop'])
  expect(own.providers.map(({ name }) => name)).toEqual(['anthropic'])
  expect(translationNotes(own.contestants, own.providers)).toEqual([])
  const other = plan([`codex+${OPUS}`])
  expect(translationNotes(other.contestants, other.providers)).toEqual([
    'note: codex speaks openai-responses and anthropic does not: its calls are translated',
  ])
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
