import { z } from 'zod'
import type { CommandContext } from './command-context.ts'
import { parseFlags } from './flag.ts'

/** One positional argument. */
export interface Argument {
  /** What it is, in a few words. */
  readonly summary: string
  readonly optional?: true
  /** The values there are, when they are a fixed few. */
  readonly choices?: readonly string[]
  /** Takes all that follow; must be the last. */
  readonly variadic?: true
}

export type Arguments = Readonly<Record<string, Argument>>

export type ArgumentValues<Args extends Arguments> = {
  readonly [Name in keyof Args]: Args[Name] extends { variadic: true }
    ? readonly string[]
    : Args[Name] extends { optional: true }
      ? string | undefined
      : string
}

export interface Example {
  readonly line: string
  readonly does: string
}

/** What every command takes, whatever else it takes. */
export const COMMON_FLAGS = {
  json: z.boolean().default(false).describe('print one JSON document on stdout'),
  home: z
    .string()
    .optional()
    .meta({ description: 'folder of the stack (default: $SBENCH_HOME)', value: 'folder' }),
}

export interface CommandDefinition<Args extends Arguments, Flags extends z.ZodRawShape> {
  /** What is typed after `sbench`. */
  readonly words: readonly string[]
  readonly summary: string
  /** More than the summary says, for the command's own help. */
  readonly details?: string
  readonly args: Args
  /** Names in camelCase are typed in kebab-case; a boolean that defaults to true is typed `--no-…`. */
  readonly flags: Flags
  readonly examples: readonly [Example, ...Example[]]
  readonly run: (
    input: {
      readonly args: ArgumentValues<Args>
      readonly flags: z.output<z.ZodObject<Flags & typeof COMMON_FLAGS>>
    },
    context: CommandContext,
  ) => Promise<void>
}

/** What was typed, before any check: positionals by name, flags by their camelCase names. */
export interface RawInput {
  readonly args: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly flags: Readonly<Record<string, unknown>>
}

/** A command as the program sees it: its parsing and its work behind one call. */
export interface Command
  extends Omit<CommandDefinition<Arguments, z.ZodRawShape>, 'run' | 'flags'> {
  readonly flags: z.ZodObject
  /**
   * Checks what was typed, then does the work.
   *
   * @throws Failure `input.invalid` naming every flag that is malformed.
   */
  readonly invoke: (raw: RawInput, context: CommandContext) => Promise<void>
}

/**
 * A command as a value: its parser, help, completion and reference page all come from this.
 * `run` loads what is heavy by itself, so that help and completion stay quick.
 */
export function command<const Args extends Arguments, Flags extends z.ZodRawShape>(
  definition: CommandDefinition<Args, Flags>,
): Command {
  const { run, flags: own, ...rest } = definition
  const flags = z.object({ ...own, ...COMMON_FLAGS })
  return {
    ...rest,
    flags,
    invoke: (raw, context) => {
      // Commander has counted the positionals against `args` before it calls this.
      const args = raw.args as ArgumentValues<Args>
      return run({ args, flags: parseFlags(flags, raw.flags) }, context)
    },
  }
}
