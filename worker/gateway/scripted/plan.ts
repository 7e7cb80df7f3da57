/** What a scripted model says, turn by turn: each step is one answer with one call of a tool in it. */
export interface Plan {
  readonly steps: readonly PlanStep[]
  /** Its last words, without a command; null for a plan that stops in the middle of its work. */
  readonly final: string | null
}

export type PlanStep = ShellStep | McpStep

export interface ShellStep {
  readonly say: string
  /** For the shell of whatever tool the agent offers. */
  readonly run: string
}

/** One use of an MCP server of the task, by whatever name the agent offers its tool. */
export interface McpStep {
  readonly say: string
  /** The server's name and its tool's: `notes/write`. */
  readonly tool: string
  readonly input: { readonly [name: string]: unknown }
}
