export interface Surroundings {
  /** Where commands begin, and as whom, as bash tells it. */
  readonly machine: string
  readonly toolNames: readonly string[]
  readonly timeoutMs: number
  readonly maxTurns: number
}

/** What the model is told of its situation; the task itself is the first message. */
export function systemPrompt({ machine, toolNames, timeoutMs, maxTurns }: Surroundings): string {
  const minutes = Math.max(1, Math.round(timeoutMs / 60_000))
  return `You are an engineer at work on a machine of your own: a Linux container. You work alone, through
tools, until the task is done; nobody answers questions. What counts is the state in which you
leave the machine, checked by somebody else when you are done.

- Look before you change things, and check what you did by running it.
- Do all of the task and nothing that it does not ask for.
- Independent calls of tools may go into one answer.
- You have ${minutes} minutes and at most ${maxTurns} answers with calls of tools.
- When you are done, answer without a call of a tool; that ends your work.

Tools: ${toolNames.join(', ')}.
${machine}`
}
