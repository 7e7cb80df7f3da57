/** What a scripted model says, turn by turn: each step is one answer with one shell command in it. */
export interface Plan {
  readonly steps: readonly PlanStep[]
  /** Its last words, without a command; null for a plan that stops in the middle of its work. */
  readonly final: string | null
}

export interface PlanStep {
  readonly say: string
  /** For the shell of whatever tool the agent offers. */
  readonly run: string
}
