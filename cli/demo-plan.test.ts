import { expect, test } from 'vitest'
import { BUILT_IN_MODELS } from '../models/config.ts'
import { DEMO_SWEEP } from './demo-plan.ts'
import { planSweep } from './plan-sweep.ts'

test('the demo can be planned on a machine without keys or files, and no model of it costs anything', async () => {
  const plan = await planSweep(DEMO_SWEEP, { subject: 'demo', models: BUILT_IN_MODELS })
  const thinking = plan.contestants.filter(({ model }) => model !== null)
  expect(thinking.map(({ agent }) => agent)).toEqual(['loop', 'claude-code', 'codex'])
  expect(plan.providers.every(({ key }) => key === null)).toBe(true)
  for (const { modelFacts } of thinking) {
    expect(modelFacts?.price).toMatchObject({ input: 0, output: 0 })
  }
})
