import { expect, test } from 'vitest'
import { BUILT_IN_AGENTS, findAgent } from './agents.ts'

test('an unknown agent is answered with the nearest name and all names', () => {
  expect(() => findAgent('orcale')).toThrow(/Did you mean oracle\?.*sim\/strong/)
})

test('what draws by chance says so, and its chances leave room for doing nothing', () => {
  for (const { plays, simulated, summary } of BUILT_IN_AGENTS) {
    const draws = plays !== null && typeof plays !== 'string'
    expect(simulated).toBe(draws)
    if (!draws) continue
    expect(summary).toContain('simulated')
    expect(plays.solution + plays.partial).toBeLessThan(1)
  }
})
