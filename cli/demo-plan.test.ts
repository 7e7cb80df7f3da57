import { expect, test } from 'vitest'
import { BUILT_IN_MODELS } from '../models/config.ts'
import { DEMO_THINKERS } from './demo-plan.ts'
import { planSweep } from './plan-sweep.ts'

test('the thinkers of the demo can be planned without keys or files, and none of them costs anything', async () => {
  const plan = await planSweep(DEMO_THINKERS, { subject: 'demo', models: BUILT_IN_MODELS })
  const thinking = plan.contestants.filter(({ model }) => model !== null)
  expect(thinking.map(({ agent }) => agent)).toEqual(['loop', 'claude-code', 'codex'])
  expect(plan.providers.every(({ key }) => key === null)).toBe(true)
  for (const { modelFacts } of thinking) {
    expect(modelFacts?.price).toMatchObject({ input: 0, output: 0 })
  }
})
