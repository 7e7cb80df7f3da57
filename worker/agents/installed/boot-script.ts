import type { AgentStart } from './definition.ts'

/** The boot script could not write the agent's files; its error output says why. */
export const BOOT_FAILED = 97

interface BootOptions {
  readonly home: string
  readonly instructionPath: string
  readonly instruction: string
  /** Ends a text in the script; must be in none of them. */
  readonly marker: string
}

/**
 * What a shell in the sandbox reads to become the agent: writes the instruction and the agent's files,
 * and starts it with the instruction as its input. It comes over the shell's standard input, so that
 * neither key nor instruction is on a command line, and the whole start is one command.
 */
export function bootScript(
  { command, files }: Pick<AgentStart, 'command' | 'files'>,
  { home, instructionPath, instruction, marker }: BootOptions,
): string {
  const texts = Object.entries(files).map(([path, text]) => [`${home}/${path}`, text] as const)
  const all = [[instructionPath, instruction] as const, ...texts]
  const folders = [...new Set([home, ...all.map(([path]) => folderOf(path))])]
  return [
    '(umask 077 && set -e',
    `mkdir -p ${folders.map(quoted).join(' ')}`,
    ...all.map(([path, text]) => `cat > ${quoted(path)} <<'${marker}'\n${text}\n${marker}`),
    `) || exit ${BOOT_FAILED}`,
    // The user's own home where there is one, since tools of the image may lie there.
    `if [ "\${HOME:-/}" = / ] || [ ! -w "$HOME" ]; then HOME=${quoted(home)}; export HOME; fi`,
    `exec ${command.map(quoted).join(' ')} < ${quoted(instructionPath)}`,
    '',
  ].join('\n')
}

/** One word of a shell. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}
