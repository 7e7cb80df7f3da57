const CANARY = /^(<!--.*canary.*-->|#.*canary.*)$/i

/**
 * The text for the agent: without the leading lines that mark a file for training-data filters,
 * and the blank lines after them. They would tell the agent that it is being measured.
 */
export function withoutCanary(instruction: string): string {
  const lines = instruction.split('\n')
  let first = 0
  while (CANARY.test(lines[first]?.trim() ?? '')) first += 1
  while (first < lines.length && lines[first]?.trim() === '') first += 1
  return lines.slice(first).join('\n')
}
