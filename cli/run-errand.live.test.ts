import { afterAll, beforeAll, expect, test } from 'vitest'
import { Failure } from '../core/failure.ts'
import { SCRIPTED_NODE, ScriptedFarm } from '../test/support/scripted-farm.ts'
import { TemporalServer } from '../test/support/temporal-server.ts'
import { buildAgents } from './build-agents.ts'
import { checkModels } from './check-models.ts'
import { runErrand } from './run-errand.ts'

let server: TemporalServer
let farm: ScriptedFarm

beforeAll(async () => {
  server = await TemporalServer.start()
  farm = await ScriptedFarm.start(server)
  farm.script = {
    errands: {
      checkModel: async ({ model }) => {
        if (model === 'lab/locked') throw new Failure('model.key-refused', 'The key is refused.')
        return {
          model,
          modelAnswered: 'engineer-1',
          firstByteMs: 1,
          answerMs: 2,
          inputTokens: 3,
          outputTokens: 4,
          costMicros: 5,
        }
      },
      buildAgent: async ({ agent }) => ({
        agent,
        version: '1.0.0',
        image: 'sha256:abc',
        present: false,
        buildMs: 10,
      }),
    },
  }
})

afterAll(async () => {
  await farm?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
})

test('a node answers for its models, and its failures keep their code', async () => {
  const models = ['scripted/engineer', 'lab/locked']
  expect(await checkModels(server.client, models, [SCRIPTED_NODE])).toMatchObject([
    { model: 'scripted/engineer', node: SCRIPTED_NODE, ok: true, modelAnswered: 'engineer-1' },
    { model: 'lab/locked', ok: false, code: 'model.key-refused', problem: 'The key is refused.' },
  ])
})

test('a node builds what it is asked to', async () => {
  expect(await buildAgents(server.client, ['codex'], [SCRIPTED_NODE])).toMatchObject([
    { agent: 'codex', version: '1.0.0', ok: true, present: false },
  ])
})

test('a node that is not there is told apart from one that fails', async () => {
  const errand = { kind: 'check-model', model: 'scripted/engineer' } as const
  const { failure } = await runErrand(server.client, 'nobody', errand, { patienceMs: 500 })
  expect(failure).toMatchObject({ code: 'node.lost', facts: { node: 'nobody' } })
})
