import { expect, test } from 'vitest'
import { BUILT_IN_AGENTS, findAgent } from './agents.ts'

test('an unknown agent is answered with the nearest name and all names', () => {
  expect(() => findAgent('orcale')).toThrow(/Did you mean oracle\?.*sim\/strong/)
})

test('what draws by chance says so, and its chances leave room for doing nothing', () => {
  for (const agent of BUILT_IN_AGENTS) {
    const plays = agent.kind === 'part' ? agent.plays : 'nothing'
    const { simulated, summary } = agent
    expect(simulated).toBe(typeof plays !== 'string')
    if (typeof plays === 'string') continue
    expect(summary).toContain('simulated')
    expect(plays.solution + plays.partial).toBeLessThan(1)
  }
})
