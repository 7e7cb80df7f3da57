import type { Command } from './command.ts'
import { type Flag, flagsOf } from './flag.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** A script that the shell reads at its start; it completes commands, flags and fixed values. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(commands)
    case 'zsh':
      return [
        '# zsh runs the bash function through its own compatibility layer.',
        'autoload -U +X compinit && compinit',
        'autoload -U +X bashcompinit && bashcompinit',
        bashScript(commands),
      ].join('\n')
    case 'fish':
      return fishScript(commands)
  }
}

function bashScript(commands: readonly Command[]): string {
  return `_sbench() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local words='' candidates='' index
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "\${COMP_WORDS[index]}" in
      -*) ;;
      *) words="\${words:+$words }\${COMP_WORDS[index]}" ;;
    esac
  done
  case "$words" in
${[...branches(commands), ...commands.map(bashCase)].join('\n')}
  esac
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
}
complete -o default -F _sbench sbench
`
}

/** The words that can follow each beginning of a command, the empty one included. */
function wordsAfter(commands: readonly Command[]): Map<string, string[]> {
  const after = new Map<string, string[]>()
  for (const { words } of commands) {
    for (const [depth, word] of words.entries()) {
      const beginning = words.slice(0, depth).join(' ')
      const known = after.get(beginning) ?? []
      if (!known.includes(word)) after.set(beginning, [...known, word])
    }
  }
  return after
}

function branches(commands: readonly Command[]): string[] {
  return [...wordsAfter(commands)].map(
    ([beginning, words]) => `    '${beginning}') candidates='${words.join(' ')}' ;;`,
  )
}

function bashCase(command: Command): string {
  const flags = flagsOf(command.flags)
  const words = command.words.join(' ')
  const first = Object.values(command.args)[0]?.choices ?? []
  const candidates = [...first, ...flags.map(({ option }) => option)].join(' ')
  const values = flags.filter(({ value }) => value !== null).map(bashValues)
  return [
    `    '${words}'|'${words} '*)`,
    `      candidates='${candidates}'`,
    ...(values.length > 0 ? ['      case "$previous" in', ...values, '      esac'] : []),
    '      ;;',
  ].join('\n')
}

/** A value that is not one of a few is left to the shell, which offers files. */
function bashValues({ option, choices }: Flag): string {
  return `        ${option}) candidates='${choices.join(' ')}' ;;`
}

function fishScript(commands: readonly Command[]): string {
  const groups = [...wordsAfter(commands)].flatMap(([beginning, words]) =>
    words.map((word) => {
      const full = beginning === '' ? word : `${beginning} ${word}`
      const found = commands.find((command) => command.words.join(' ') === full)
      const about = found?.summary ?? `commands for: ${word}`
      return `complete -c sbench -f -n ${quoted(`__sbench_at ${quoted(beginning)}`)} -a ${word} -d ${quoted(about)}`
    }),
  )
  return `function __sbench_words
  set -l words (commandline -opc)
  set -e words[1]
  string join ' ' -- (string match -v -- '-*' $words)
end
function __sbench_at
  set -l here (__sbench_words)
  test "$here" = "$argv[1]"
end
function __sbench_in
  set -l here (__sbench_words)
  string match -q -- "$argv[1] *" "$here "
end
${[...groups, ...commands.flatMap(fishArgument), ...commands.flatMap(fishFlags)].join('\n')}
`
}

/** The values of a first argument that is one of a few. */
function fishArgument({ words, args }: Command): string[] {
  const choices = Object.values(args)[0]?.choices ?? []
  if (choices.length === 0) return []
  const where = quoted(`__sbench_at ${quoted(words.join(' '))}`)
  return [`complete -c sbench -f -n ${where} -a ${quoted(choices.join(' '))}`]
}

function fishFlags(command: Command): string[] {
  const where = quoted(`__sbench_in ${quoted(command.words.join(' '))}`)
  return flagsOf(command.flags).map(({ option, value, choices, summary }) => {
    const takes =
      value === null ? '' : choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : ' -r'
    return `complete -c sbench -n ${where} -l ${option.slice(2)}${takes} -d ${quoted(summary)}`
  })
}

/** In single quotes, as both shells read them. */
const quoted = (text: string): string => `'${text.replaceAll("'", "\\'")}'`
