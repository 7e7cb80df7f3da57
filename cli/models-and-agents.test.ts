import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newSweepId, trialIdOf } from '../core/ids.ts'
import { BUILT_IN_MODELS } from '../models/config.ts'
import { agentCheck, agentCheckTable } from './agent-check-table.ts'
import { builtTable } from './build-agents.ts'
import { cheapestModels } from './cheapest-models.ts'
import { checkedTable } from './check-models.ts'
import { tokens } from './models-table.ts'
import { chooseNodes } from './run-errand.ts'
import { typeLine } from './testing-shell.ts'

test('models list shows prices with their day, and whether this machine has a key, never the key', async () => {
  const environment = { ANTHROPIC_API_KEY: 'sk-planted', SBENCH_HOME: '/nowhere' }
  const { exitCode, stdout } = await typeLine(['models', 'list'], { environment })
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/^anthropic\/claude-opus-5 +5 +0\.5 +25 +\d{4}-\d\d-\d\d +1M +128k$/m)
  expect(stdout).toMatch(/^google\/gemini-2\.5-pro .*\n +above 200k of input +2\.5 +0\.25 +15$/m)
  expect(stdout).toMatch(/^anthropic +anthropic-messages +\S+ +\$ANTHROPIC_API_KEY +yes$/m)
  expect(stdout).toMatch(/^openai .* +\$OPENAI_API_KEY +no$/m)
  expect(stdout).toMatch(/^scripted .* +the gateway itself +none needed +yes$/m)
  expect(stdout).not.toContain('sk-planted')
})

test('models list reads the file of models, and shows an unknown price as unknown', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sbench-models-'))
  try {
    const file = join(folder, 'models.yaml')
    await writeFile(
      file,
      [
        'providers: [{name: vllm, dialects: [openai-chat], baseUrl: "http://gpu:8000", key: null}]',
        'models: [{model: vllm/qwen, contextTokens: 32768}]',
      ].join('\n'),
    )
    const environment = { SBENCH_MODELS: file, SBENCH_HOME: folder }
    const { stdout } = await typeLine(['models', 'list', 'vllm'], { environment })
    expect(stdout).toMatch(/^vllm\/qwen +unknown +unknown +32\.8k$/m)
    expect(stdout).not.toContain('anthropic')
    await writeFile(file, 'providers: [{name: vllm}]')
    const broken = await typeLine(['models', 'list'], { environment })
    expect(broken).toMatchObject({ exitCode: 2 })
    expect(broken.stderr).toContain('providers.0.baseUrl')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('agents list shows what each agent needs', async () => {
  const { stdout } = await typeLine(['agents', 'list'])
  expect(stdout).toMatch(/^oracle +runs the task's reference solution$/m)
})

test('an agent that is installed says its version and how it speaks', async () => {
  const { stdout } = await typeLine(['agents', 'list'])
  expect(stdout).toMatch(/^codex +\d\S* +openai-responses +needed +reasoningEffort, maxTurns +\S/m)
})

test('an unknown agent or model is known to be one before anything is asked of the farm', async () => {
  const environment = { SBENCH_HOME: '/nowhere' }
  const agent = await typeLine(['agents', 'build', 'orcale'], { environment })
  expect(agent).toMatchObject({ exitCode: 3 })
  expect(agent.stderr).toContain('Did you mean oracle?')
  const model = await typeLine(['models', 'check', 'openai/gpt-55'], { environment })
  expect(model).toMatchObject({ exitCode: 3 })
  expect(model.stderr).toContain('Did you mean openai/gpt-5')
})

test.for([
  [['--agent', 'loop'], 'loop needs a model'],
  [['--agent', 'loop', '--model', 'scripted/enginer'], 'Did you mean scripted/engineer?'],
  [['--agent', 'nop', '--model', 'scripted/engineer'], 'none of nop takes a model'],
  [['--agent', 'loop', '--model', 'scripted/engineer', '--budget', '5eur'], 'write US dollars'],
  [['--agent', 'loop', '--model', 'scripted/engineer', '--max-turns', '0'], 'above 0'],
] as const)('sbench run %s is refused before anything runs', async ([line, why]) => {
  const environment = { SBENCH_HOME: '/nowhere' }
  const { exitCode, stderr } = await typeLine(['run', '--suite', 'starter', ...line], {
    environment,
  })
  expect(exitCode).toBe(2)
  expect(stderr).toContain(why)
})

test('the cheapest model of a provider tries its key', () => {
  const { providers } = BUILT_IN_MODELS
  const some = providers.filter(({ name }) => name === 'openai' || name === 'scripted')
  expect(cheapestModels(BUILT_IN_MODELS, some)).toEqual([
    expect.stringMatching(/^openai\/.*nano/),
    'scripted/engineer',
  ])
})

test('an errand goes to the node that was named, or to all that live', () => {
  const living = [{ node: 'a' }, { node: 'b' }]
  expect(chooseNodes(living, undefined)).toEqual(['a', 'b'])
  expect(chooseNodes(living, 'b')).toEqual(['b'])
  expect(() => chooseNodes(living, 'c')).toThrow(/No node c lives\. Those that do: a, b/)
  expect(() => chooseNodes([], undefined)).toThrow(
    expect.objectContaining({ code: 'stack.part-failed' }),
  )
})

test('a check that failed says why and where to look', () => {
  const trial = trialIdOf(newSweepId(), 'codex', 'task', 1)
  const line = {
    outcome: 'agent-error' as const,
    pass: false,
    score: 0,
    wallSeconds: 12,
    detail: 'crashed\nat',
  }
  const checks = [
    agentCheck(
      { agent: 'loop', version: null, calls: 7 },
      { ...line, trial, outcome: 'scored', pass: true, score: 1 },
    ),
    agentCheck({ agent: 'codex', version: '0.169', calls: 1 }, { ...line, trial }),
    agentCheck({ agent: 'opencode', version: '1', calls: null }, null),
  ]
  const table = agentCheckTable(checks).join('\n')
  expect(table).toMatch(/^loop +ok +scored +1\.00 +7 +12 s$/m)
  expect(table).toMatch(/^codex +0\.169 +FAILED +agent-error +0\.00 +1 +12 s$/m)
  expect(table).toContain(`codex: crashed\n    sbench trial show ${trial}`)
  expect(table).toContain('opencode: it did not run')
})

test('tables of nodes show answers and failures', () => {
  const nothing = { modelAnswered: null, firstByteMs: null, answerMs: null, inputTokens: null }
  const rest = { ...nothing, outputTokens: null, costMicros: null }
  const models = checkedTable([
    { ...rest, model: 'a/b', node: 'n1', ok: true, answerMs: 812.4, code: '', problem: '' },
    { ...rest, model: 'a/b', node: 'n2', ok: false, code: 'model.key-refused', problem: '401' },
  ]).join('\n')
  expect(models).toMatch(/^a\/b +n1 +ok +812 ms +unknown$/m)
  expect(models).toContain('a/b on n2 (model.key-refused): 401')
  const agents = builtTable([
    {
      agent: 'codex',
      version: '1',
      node: 'n1',
      ok: true,
      image: 'sha256:0123456789abcdef',
      present: false,
      buildMs: 61_000,
      code: '',
      problem: '',
    },
    {
      agent: 'loop',
      version: null,
      node: 'n1',
      ok: true,
      image: null,
      present: true,
      buildMs: 0,
      code: '',
      problem: '',
    },
  ]).join('\n')
  expect(agents).toMatch(/^codex +1 +n1 +built +1 m 01 s +sha256:0123456789ab$/m)
  expect(agents).toMatch(/^loop +n1 +needs none$/m)
})

test('counts of tokens are short', () => {
  expect([null, 999, 32_768, 200_000, 1_000_000, 1_048_576].map(tokens)).toEqual([
    '',
    '999',
    '32.8k',
    '200k',
    '1M',
    '1.05M',
  ])
})
