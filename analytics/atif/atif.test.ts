import { describe, expect, test } from 'vitest'
import { newSweepId, trialIdOf } from '../../core/ids.ts'
import type { TrajectoryEvent } from '../../core/trajectory.ts'
import { madeCall, madeTrajectory } from '../../test/support/made-calls.ts'
import type { TrialDetail } from '../read-trial.ts'
import { atifSchema } from './atif-schema.ts'
import { readAtif } from './read-atif.ts'
import { writeAtif } from './write-atif.ts'

const sweep = newSweepId()

function trialOf(change: Partial<TrialDetail> = {}): TrialDetail {
  return {
    sweep,
    trial: trialIdOf(sweep, 'loop+lab/fast', 'flaky-test', 1),
    index: 0,
    contestant: 'loop+lab/fast',
    agent: 'loop',
    agentVersion: null,
    model: 'lab/fast',
    parameters: { temperature: 0 },
    simulated: false,
    task: 'flaky-test',
    category: '',
    family: '',
    seed: 1,
    result: null,
    attempts: [],
    checks: [],
    ...change,
  }
}

const written = (events: readonly TrajectoryEvent[], trial = trialOf()) =>
  writeAtif({ trial, attempt: 1, events, programVersion: '0.1.0' })

const TOOL = { id: 'call-a', name: 'bash', input: '{"command":"make"}' }
const eventOf = (
  kind: TrajectoryEvent['kind'],
  change: Partial<TrajectoryEvent> = {},
): TrajectoryEvent => ({ seq: 0, ts: '', kind, turn: 1, tool: '', body: '', meta: {}, ...change })

/** The second request of a trial in each dialect: prompt, one tool call, its answer. */
const REQUESTS = {
  'anthropic-messages': {
    system: [{ type: 'text', text: 'Be brief.' }],
    tools: [{ name: 'bash', description: 'runs', input_schema: { type: 'object' } }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'Mend it.' }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'call-a', name: 'bash', input: {} }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'call-a', content: [{ type: 'text', text: 'ok' }] },
        ],
      },
    ],
  },
  'openai-chat': {
    tools: [
      {
        type: 'function',
        function: { name: 'bash', description: 'runs', parameters: { type: 'object' } },
      },
    ],
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Mend it.' },
      { role: 'tool', tool_call_id: 'call-a', content: 'ok' },
    ],
  },
  'openai-responses': {
    instructions: 'Be brief.',
    tools: [
      { type: 'function', name: 'bash', description: 'runs', parameters: { type: 'object' } },
    ],
    input: [
      { role: 'user', content: [{ type: 'input_text', text: 'Mend it.' }] },
      { type: 'function_call_output', call_id: 'call-a', output: 'ok' },
    ],
  },
  gemini: {
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    tools: [
      {
        functionDeclarations: [
          { name: 'bash', description: 'runs', parameters: { type: 'object' } },
        ],
      },
    ],
    contents: [
      { role: 'user', parts: [{ text: 'Mend it.' }] },
      {
        role: 'user',
        parts: [{ functionResponse: { id: 'call-a', name: 'bash', response: { output: 'ok' } } }],
      },
    ],
  },
} as const

describe('an agent without a log of its own is told by its calls, in each dialect', () => {
  test.each(Object.entries(REQUESTS))('%s', (dialect, body) => {
    const request = JSON.stringify(body)
    const trajectory = written(
      madeTrajectory([
        madeCall(1, {
          dialect: dialect as 'gemini',
          request,
          text: 'I run it.',
          toolCalls: [TOOL],
        }),
        madeCall(2, { dialect: dialect as 'gemini', request, text: 'Done.', reasoning: 'easy' }),
      ]),
    )
    expect(trajectory.agent.tool_definitions).toEqual([
      {
        type: 'function',
        function: { name: 'bash', description: 'runs', parameters: { type: 'object' } },
      },
    ])
    expect(trajectory.steps).toMatchObject([
      { step_id: 1, source: 'system', message: 'Be brief.' },
      { step_id: 2, source: 'user', message: 'Mend it.' },
      {
        source: 'agent',
        message: 'I run it.',
        tool_calls: [{ tool_call_id: 'call-a', arguments: { command: 'make' } }],
        observation: { results: [{ source_call_id: 'call-a', content: 'ok' }] },
        metrics: { prompt_tokens: 1_000, cached_tokens: 600, cost_usd: 0.0015 },
        llm_call_count: 1,
      },
      { source: 'agent', message: 'Done.', reasoning_content: 'easy' },
    ])
    expect(trajectory.final_metrics).toMatchObject({
      total_prompt_tokens: 2_000,
      total_cost_usd: 0.003,
      total_steps: 4,
    })
  })
})

test('what events say of a tool goes to the step that called it, once', () => {
  const result = { tool: 'bash', body: 'built', meta: { call: 'call-a', exitCode: 0 } }
  const { steps } = written(
    madeTrajectory([
      eventOf('message', { turn: 0, body: 'Mend it.', meta: { role: 'user' } }),
      madeCall(1, { text: 'I run it.', toolCalls: [TOOL] }),
      eventOf('message', { body: 'I run it.', meta: { role: 'assistant' } }),
      eventOf('tool-call', { tool: 'bash', body: TOOL.input, meta: { call: 'call-a' } }),
      eventOf('tool-result', result),
      eventOf('tool-result', { ...result, meta: { ...result.meta, again: true } }),
      madeCall(2, { request: JSON.stringify(REQUESTS['openai-chat']), text: 'Done.' }),
    ]),
  )
  expect(steps.map(({ source, message }) => `${source}: ${message}`)).toEqual([
    'user: Mend it.',
    'agent: I run it.',
    'agent: Done.',
  ])
  expect(steps[1]?.observation?.results).toEqual([
    {
      source_call_id: 'call-a',
      content: 'built',
      extra: { tool: 'bash', call: 'call-a', exitCode: 0 },
    },
  ])
})

test('an agent without a model has steps without calls of one', () => {
  const { steps, final_metrics } = written(
    madeTrajectory([
      eventOf('tool-call', { tool: 'bash', body: '/solution/solve.sh' }),
      eventOf('output', { body: 'solving' }),
      eventOf('tool-result', { tool: 'bash', body: 'done', meta: { exitCode: 0 } }),
    ]),
    trialOf({ agent: 'oracle', model: null, parameters: {} }),
  )
  expect(steps).toMatchObject([
    {
      llm_call_count: 0,
      tool_calls: [{ function_name: 'bash', arguments: { input: '/solution/solve.sh' } }],
      observation: { results: [{ content: 'solving' }, { content: 'done' }] },
    },
  ])
  expect(final_metrics).toMatchObject({ total_steps: 1, total_cost_usd: 0 })
})

test('a cost that is unknown is left out, of the step and of the sum', () => {
  const trajectory = written(madeTrajectory([madeCall(1), madeCall(2, { costMicros: null })]))
  expect(trajectory.steps.map(({ metrics }) => metrics?.cost_usd)).toEqual([0.0015, undefined])
  expect(trajectory.final_metrics).not.toHaveProperty('total_cost_usd')
  expect(trajectory.final_metrics).toHaveProperty('total_prompt_tokens', 2_000)
})

test('an agent that did nothing is a trajectory of one step, as there must be one', () => {
  expect(written([], trialOf({ model: null })).steps).toHaveLength(1)
})

test('what is written is read back as it is', () => {
  const trajectory = written(
    madeTrajectory([
      madeCall(1, { toolCalls: [TOOL] }),
      madeCall(2, { end: 'failed', status: 529 }),
    ]),
  )
  expect(readAtif(JSON.stringify(trajectory), 'trajectory.json')).toEqual({
    version: '1.7',
    trajectory,
    warnings: [],
  })
})

const smallest = (change: Record<string, unknown> = {}) => ({
  schema_version: 'ATIF-v1.2',
  session_id: 's',
  agent: { name: 'a', version: '1', model_name: null, extra: null },
  steps: [{ step_id: 1, source: 'user', message: 'hi', tool_calls: null, metrics: null }],
  notes: null,
  ...change,
})
const read = (document: unknown) => readAtif(JSON.stringify(document), 'trajectory.json')

test.for([0, 1, 2, 3, 4, 5, 6])('version 1.%i is read as 1.7, without its nulls', (minor) => {
  const { version, trajectory, warnings } = read(smallest({ schema_version: `ATIF-v1.${minor}` }))
  expect(version).toBe(`1.${minor}`)
  expect(warnings).toEqual([])
  expect(trajectory).toEqual({
    schema_version: 'ATIF-v1.7',
    session_id: 's',
    agent: { name: 'a', version: '1' },
    steps: [{ step_id: 1, source: 'user', message: 'hi' }],
  })
})

test('nulls in the arguments of a tool are what the model wrote, and stay', () => {
  const step = {
    step_id: 1,
    source: 'agent',
    message: '',
    tool_calls: [{ tool_call_id: 'a', function_name: 'f', arguments: { x: null } }],
  }
  expect(read(smallest({ steps: [step] })).trajectory.steps[0]?.tool_calls?.[0]?.arguments).toEqual(
    {
      x: null,
    },
  )
})

test('a field that is newer than the version is pointed out', () => {
  const steps = [
    { step_id: 1, source: 'agent', message: [{ type: 'text', text: 'x' }], llm_call_count: 1 },
  ]
  expect(read(smallest({ steps })).warnings).toEqual([
    'says 1.2 and has llm_call_count, which came with 1.7',
    'says 1.2 and has a message of parts, which came with 1.6',
  ])
})

test('every mistake of a document is reported at once, with its place', () => {
  const steps = [
    { step_id: 2, source: 'user', message: 'hi', reasoning_content: 'no' },
    {
      step_id: 2,
      source: 'agent',
      message: 'x',
      llm_call_count: 0,
      metrics: {},
      observation: { results: [{ source_call_id: 'ghost', content: 'y' }] },
    },
    { step_id: 3, source: 'robot', message: 'z', timestamp: 'noon', colour: 'red' },
  ]
  const refused = () => read(smallest({ steps, sesion: 1 }))
  for (const part of [
    /steps\.0\.step_id = 2: steps are counted from 1: write 1/,
    /steps\.0\.reasoning_content = "no": only steps of the agent/,
    /steps\.1\.metrics: not in a step without a call/,
    /steps\.1\.observation\.results\.0\.source_call_id = "ghost": names no tool call/,
    /steps\.2\.source = "robot"/,
    /steps\.2\.timestamp = "noon"/,
    /steps\.2\.colour: unknown field/,
    /sesion: unknown field/,
  ]) {
    expect(refused).toThrow(expect.objectContaining({ message: expect.stringMatching(part) }))
  }
})

test('a later version, no version, and no trajectory are told apart', () => {
  expect(() => read(smallest({ schema_version: 'ATIF-v1.8' }))).toThrow(/reads up to ATIF-v1\.7/)
  expect(() => read(smallest({ schema_version: 1 }))).toThrow(/write ATIF-v1\.0/)
  expect(() => readAtif('[]', 'x.json')).toThrow(/no JSON object/)
  expect(() => readAtif('{', 'x.json')).toThrow(/holds no JSON/)
  const { session_id: _, ...rest } = smallest()
  expect(() => read(rest)).toThrow(/session_id: versions before 1\.7 need it/)
})

test('sub-agents have ids of their own, and references say which one', () => {
  const part = { ...smallest(), schema_version: 'ATIF-v1.7' }
  const subagents = (...ids: (string | undefined)[]) => ({
    ...part,
    subagent_trajectories: ids.map((trajectory_id) => ({ ...part, trajectory_id })),
  })
  expect(read(subagents('a', 'b')).trajectory.subagent_trajectories).toHaveLength(2)
  expect(() => read(subagents('a', 'a'))).toThrow(
    /subagent_trajectories\.1\.trajectory_id.*already/,
  )
  expect(() => read(subagents('a', undefined))).toThrow(/needs its trajectory_id/)
  const observation = { results: [{ subagent_trajectory_ref: [{ session_id: 's' }] }] }
  const steps = [{ step_id: 1, source: 'agent', message: '', observation }]
  expect(() => read({ ...part, steps })).toThrow(/needs trajectory_id or trajectory_path/)
})

test('a document that we write is refused by our own schema when it has a null', () => {
  const document = written(madeTrajectory([madeCall(1)]))
  expect(atifSchema.safeParse({ ...document, notes: null }).success).toBe(false)
})
