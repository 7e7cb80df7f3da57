/** How a trial ended, see design.md section 7. */
export const OUTCOMES = [
  'scored',
  'agent-timeout',
  'agent-error',
  'budget',
  'infra-failed',
  'ungraded',
  'cancelled',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Whether an outcome carries a score; the others are missing, never zero. */
export function isScored(outcome: Outcome): boolean {
  switch (outcome) {
    case 'scored':
    case 'agent-timeout':
    case 'agent-error':
    case 'budget':
      return true
    case 'infra-failed':
    case 'ungraded':
    case 'cancelled':
      return false
  }
}

/** How the agent itself ended: its outcome if the verifier then ran. */
export type AgentOutcome = 'scored' | 'agent-timeout' | 'agent-error' | 'budget'

/** Milliseconds of each phase of an attempt, in the order in which they pass. */
export interface PhaseTimes {
  readonly queueMs: number
  readonly imageMs: number
  readonly bootMs: number
  readonly setupMs: number
  readonly agentMs: number
  /** Part of `agentMs`: waiting for a model. */
  readonly modelWaitMs: number
  /** Part of `agentMs`: tools at work. */
  readonly toolMs: number
  readonly collectMs: number
  readonly gradeMs: number
  readonly teardownMs: number
}

export const NO_PHASES: PhaseTimes = {
  queueMs: 0,
  imageMs: 0,
  bootMs: 0,
  setupMs: 0,
  agentMs: 0,
  modelWaitMs: 0,
  toolMs: 0,
  collectMs: 0,
  gradeMs: 0,
  teardownMs: 0,
}

/** What a sandbox was allowed and what it used at most. */
export interface ResourceUse {
  readonly cpuLimit: number
  readonly memoryLimitBytes: number
  readonly peakMemoryBytes: number
  readonly cpuMs: number
  readonly outOfMemory: boolean
}

export type Dimension = 'correctness' | 'deployment' | 'quality'

/** One graded item. */
export interface Check {
  readonly id: string
  readonly dimension: Dimension
  readonly points: number
  readonly verdict: 'pass' | 'fail' | 'ungraded'
  /** At most 500 characters. */
  readonly evidence: string
}

/** What the grader found. Scores are integers of a millionth. */
export interface Verdict {
  /** Partial credit in [0, 1000000]. */
  readonly scoreMicros: number
  readonly pass: boolean
  /** As the verifier wrote them, by key. */
  readonly rewards: Readonly<Record<string, number>>
  readonly checks: readonly Check[]
  /** What a reader of the score should know, for example a reward outside of 0 to 1. */
  readonly warnings: readonly string[]
  /** Names the grader's own version; scores of different versions are not comparable. */
  readonly graderVersion: string
  /** The end of what the verifier printed, at most 2,000 characters. */
  readonly output: string
}
