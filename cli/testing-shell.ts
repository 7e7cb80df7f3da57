import { COMMAND_GROUPS, type CommandGroup } from './commands.ts'
import { type ProgramOptions, runProgram } from './program.ts'

export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** For tests: types a line into the real program, with streams that are kept. */
export async function typeLine(
  line: readonly string[],
  options: Partial<ProgramOptions> & { groups?: readonly CommandGroup[] } = {},
): Promise<Ran> {
  const pieces = { stdout: '', stderr: '' }
  const stream = (name: keyof typeof pieces) => ({
    write(text: string, done?: () => void) {
      pieces[name] += text
      done?.()
    },
  })
  const exitCode = await runProgram(line, {
    groups: COMMAND_GROUPS,
    streams: { stdout: stream('stdout'), stderr: stream('stderr') },
    environment: {},
    folder: '/',
    readInput: async () => '',
    catchInterrupt: () => ({ signal: new AbortController().signal, [Symbol.dispose]() {} }),
    ...options,
  })
  return { exitCode, ...pieces }
}
