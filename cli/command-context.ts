import type { Interrupt } from './interrupt.ts'
import type { Output } from './output.ts'

/** What a command works with besides its arguments and flags. */
export interface CommandContext {
  readonly output: Output
  /** The shell's, handed on to the processes that a command starts. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The shell's folder, from which relative paths are read. */
  readonly folder: string
  /** All of stdin. */
  readonly readInput: () => Promise<string>
  readonly catchInterrupt: () => Interrupt
}
