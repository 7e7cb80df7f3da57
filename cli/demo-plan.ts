/** What the demo runs: the ends of the scale, a cheat, and three simulated agents between them. */
export const DEMO_SWEEP = {
  name: 'demo',
  suite: 'starter',
  contestants: ['oracle', 'nop', 'cheat', 'sim/weak', 'sim/mid', 'sim/strong'],
  seeds: 3,
} as const
