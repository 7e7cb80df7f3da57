import { SCRIPTED_ENGINEER } from '../models/built-in-providers.ts'

/** Agents that think, with a model that needs no key. */
const THINKING = ['loop', 'claude-code', 'codex'] as const

/**
 * What the demo runs: the ends of the scale, a cheat, three simulated agents between them, and three
 * real agents in real containers.
 */
export const DEMO_SWEEP = {
  name: 'demo',
  suite: 'starter',
  contestants: [
    'oracle',
    'nop',
    'cheat',
    'sim/weak',
    'sim/mid',
    'sim/strong',
    ...THINKING.map((agent) => `${agent}+${SCRIPTED_ENGINEER}`),
  ],
  seeds: 3,
} as const
