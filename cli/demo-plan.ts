/** What the demo runs: the ends of the scale, a cheat, and three simulated agents between them. */
export const DEMO_SWEEP = {
  name: 'demo',
  suite: 'starter',
  contestants: ['oracle', 'nop', 'cheat', 'sim/weak', 'sim/mid', 'sim/strong'],
  seeds: 3,
} as const

/** Installed on the node for the demo, while its first trials run. */
export const DEMO_INSTALLED = ['claude-code', 'codex'] as const

/** Agents that think, on a few tasks: real programs, with a scripted model in place of a paid one. */
export const DEMO_THINKERS = {
  ...DEMO_SWEEP,
  tasks: ['failing-library-test', 'worker-pool-race'],
  contestants: ['loop', ...DEMO_INSTALLED].map((agent) => ({ agent, model: 'scripted/engineer' })),
  seeds: 1,
} as const
