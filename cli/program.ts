import { Argument, CommanderError, Option, Command as Parser } from 'commander'
import { Failure } from '../core/failure.ts'
import packageJson from '../package.json' with { type: 'json' }
import type { Command, RawInput } from './command.ts'
import type { CommandContext } from './command-context.ts'
import type { CommandGroup } from './commands.ts'
import { describeFailure, failureJson, failureText } from './describe-failure.ts'
import { type Flag, flagsOf } from './flag.ts'
import { Output, type OutputStreams } from './output.ts'

export interface ProgramOptions extends Omit<CommandContext, 'output'> {
  readonly groups: readonly CommandGroup[]
  readonly streams: OutputStreams
}

/**
 * Runs what was typed after `sbench`.
 *
 * @returns the exit code: 0, or what the table of failures says, or 70 for a bug.
 */
export async function runProgram(
  typed: readonly string[],
  { groups, streams, ...shell }: ProgramOptions,
): Promise<number> {
  let output = new Output(typed.includes('--json'), streams)
  try {
    const parser = buildParser(groups, streams, (command, raw) => {
      output = new Output(raw.flags.json === true, streams)
      return command.invoke(raw, { ...shell, output })
    })
    await parser.parseAsync(typed, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    if (error instanceof CommanderError && error.code === 'commander.help') return 2
    const usage = error instanceof CommanderError
    const shown = describeFailure(usage ? usageFailure(error, helpOf(typed, groups)) : error)
    if (output.json && !output.answered) streams.stdout.write(failureJson(shown))
    else streams.stderr.write(failureText(shown))
    return shown.exitCode
  }
}

type Act = (command: Command, raw: RawInput) => Promise<void>

function buildParser(
  groups: readonly CommandGroup[],
  { stdout, stderr }: OutputStreams,
  act: Act,
): Parser {
  const root = new Parser('sbench')
    .description('Measures how well AI agents do software engineering, on a farm of any size.')
    .version(packageJson.version, '--version', 'print the version')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: () => {},
    })
    .addHelpText('after', '\nStart with `sbench demo`, or `sbench up` and `sbench run`.')
  for (const { heading, about, commands } of groups) {
    root.commandsGroup(`${heading}:`)
    for (const command of commands) addCommand(parentOf(root, command, about), command, act)
  }
  return root
}

/** The parser of the words before the last, made when it is not there yet. */
function parentOf(root: Parser, { words }: Command, about: CommandGroup['about']): Parser {
  const [first = '', second] = words
  if (second === undefined) return root
  const known = root.commands.find((parser) => parser.name() === first)
  if (known !== undefined) return known
  const made = root.command(first).description(about[first] ?? '')
  return made.helpCommand(false)
}

function addCommand(parent: Parser, command: Command, act: Act): void {
  const parser = parent.command(command.words.at(-1) ?? '').summary(command.summary)
  const { summary, details } = command
  parser.description(details === undefined ? summary : `${summary}\n\n${details}`)
  const names = Object.keys(command.args)
  for (const [name, argument] of Object.entries(command.args)) {
    const dots = argument.variadic ? '...' : ''
    const shown = argument.optional ? `[${name}${dots}]` : `<${name}${dots}>`
    const parsed = new Argument(shown, argument.summary)
    parser.addArgument(argument.choices === undefined ? parsed : parsed.choices(argument.choices))
  }
  for (const flag of flagsOf(command.flags)) parser.addOption(optionOf(flag))
  const examples = command.examples.map(({ line, does }) => `  ${line}\n      ${does}`)
  parser.addHelpText('after', `\nExamples:\n${examples.join('\n')}`)
  parser.action(async () => {
    const { processedArgs } = parser
    const args = Object.fromEntries(names.map((name, index) => [name, processedArgs[index]]))
    await act(command, { args, flags: typedFlags(parser) })
  })
}

function optionOf({ option, value, summary, defaultValue }: Flag): Option {
  const about = defaultValue === null ? summary : `${summary} (default: ${defaultValue})`
  return new Option(value === null ? option : `${option} <${value}>`, about)
}

/** Only what was typed; defaults are the schema's business. */
function typedFlags(parser: Parser): Record<string, unknown> {
  const values = parser.opts<Record<string, unknown>>()
  const typed = Object.entries(values).filter(
    ([name]) => parser.getOptionValueSource(name) !== 'default',
  )
  return Object.fromEntries(typed)
}

/** The help page for what was typed, as it is typed. */
function helpOf(typed: readonly string[], groups: readonly CommandGroup[]): string {
  const commands = groups.flatMap((group) => group.commands)
  const meant = commands.find(({ words }) => words.every((word, index) => typed[index] === word))
  return ['sbench', ...(meant?.words ?? []), '--help'].join(' ')
}

function usageFailure({ message }: CommanderError, help: string): Failure {
  const said = message.replace(/^error: /, '')
  return new Failure('input.invalid', `${said}\nSee \`${help}\`.`)
}
