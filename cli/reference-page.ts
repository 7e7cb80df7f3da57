import type { Command } from './command.ts'
import type { CommandGroup } from './commands.ts'
import { flagsOf } from './flag.ts'

/** `docs/cli.md`: every command with its arguments, flags and examples. */
export function referencePage(groups: readonly CommandGroup[]): string {
  return [
    '# The `sbench` command',
    '',
    'Written from the commands themselves; a test keeps it so (`npx vitest run cli -u` writes it anew).',
    '',
    '- Data goes to stdout, talk to stderr.',
    '- Every command has `--json`: stdout then carries one JSON document, which is the answer, or',
    '  `{"error": {"code", "message", "facts"}}` when there is none. Commands that follow something',
    '  (`--follow`) print one document a line.',
    '- Every command has `--home <folder>`: the state folder of the stack it means; else `SBENCH_HOME`,',
    "  else `.sbench` in the project's folder.",
    '- Exit codes: 0 well, 2 bad input, 3 not found, 4 a part of the stack or the machine is missing,',
    '  5 the work itself failed, 6 refused because of the present state, 70 a bug of ours.',
    '  [failures.md](failures.md) has every code.',
    '- A `<sweep>` is a full id, the beginning of one, a name (its latest sweep), or `latest`.',
    '',
    ...groups.flatMap(({ heading, commands }) => [
      `## ${heading}`,
      '',
      ...commands.flatMap(commandSection),
    ]),
  ].join('\n')
}

function commandSection(command: Command): string[] {
  const { words, summary, details, args, examples } = command
  const own = flagsOf(command.flags).filter(({ name }) => name !== 'json' && name !== 'home')
  const shownArgs = Object.entries(args).map(([name, { optional, variadic }]) => {
    const dots = variadic ? '...' : ''
    return optional ? `[${name}${dots}]` : `<${name}${dots}>`
  })
  const rows = [
    ...Object.entries(args).map(([name, argument]) => `| \`${name}\` | ${argument.summary} |`),
    ...own.map(({ option, value, summary, defaultValue }) => {
      const typed = value === null ? option : `${option} <${value}>`
      const fallback = defaultValue === null ? '' : ` (default: ${defaultValue})`
      return `| \`${typed.replaceAll('|', '\\|')}\` | ${summary}${fallback} |`
    }),
  ]
  return [
    `### ${['sbench', ...words, ...shownArgs].join(' ')}`,
    '',
    summary,
    ...(details === undefined ? [] : ['', details]),
    '',
    ...(rows.length === 0 ? [] : ['| | |', '|---|---|', ...rows, '']),
    '```sh',
    ...examples.flatMap(({ line, does }) => [`# ${does}`, line]),
    '```',
    '',
  ]
}
