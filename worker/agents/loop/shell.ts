import { Failure } from '../../../core/failure.ts'
import type { CommandOptions, CommandRunner } from '../../../sandbox/running-command.ts'
import { type Ran, type RunOptions, runCommand } from './run-command.ts'
import { BACKGROUND, FOREGROUND, READ_JOB, SIGNAL } from './shell-script.ts'

export interface ShellOptions {
  readonly runner: CommandRunner
  /** As whom and where it begins, with what environment on top of the container's. */
  readonly how: CommandOptions
  /** The session's own, from {@link newShell}. */
  readonly folder: string
}

export type CallLimits = Pick<RunOptions, 'timeoutMs' | 'outputLimitBytes' | 'signal' | 'graceMs'>

export interface JobOutput {
  readonly state: 'running' | 'exited' | 'killed' | 'unknown'
  readonly exitCode: number | null
  readonly text: string
  /** Of all that it printed; the next output begins here. */
  readonly size: number
  /** New bytes that are not in `text`, which holds the last ones. */
  readonly droppedBytes: number
}

/** Of housekeeping in the sandbox. */
const HOUSEKEEPING_MS = 30_000

/**
 * A bash session: what one call leaves of directory, variables and functions is there for the next.
 * All of its state lies in a folder of the sandbox, so a later process of the worker goes on with it.
 */
export class Shell {
  readonly #options: ShellOptions

  constructor(options: ShellOptions) {
    this.#options = options
  }

  /** Output and errors come together, as on a terminal, in `stdout`. */
  run(command: string, name: string, limits: CallLimits): Promise<Ran> {
    const args = [this.#options.folder, name, lengthOf(command)]
    return this.#bash([FOREGROUND, ...args], { ...limits, input: command })
  }

  /** Starts a command that goes on by itself, in the session's present directory and environment. */
  async start(command: string, name: string, signal: AbortSignal): Promise<void> {
    const { runner, how, folder } = this.#options
    signal.throwIfAborted()
    const script = ['bash', '-c', BACKGROUND, 'bash', folder, name, lengthOf(command)]
    const running = await runner.start(script, how)
    await running.write(Buffer.from(command))
    await running.closeInput()
    for await (const bytes of running.stdout) {
      if (Buffer.from(bytes).includes('running')) break
    }
    running.abandon()
  }

  /** @param from how many bytes of its output are known already. */
  async read(
    name: string,
    { from, waitMs, ...limits }: CallLimits & { readonly from: number; readonly waitMs: number },
  ): Promise<JobOutput> {
    const { outputLimitBytes } = limits
    const tenths = Math.round(waitMs / 100)
    const args = [name, from + 1, outputLimitBytes, tenths].map(String)
    const { stdout, stderr } = await this.#bash([READ_JOB, this.#options.folder, ...args], limits)
    const [size = 0, state = 'unknown', code = ''] = stderr.text.trim().split(' ')
    const isKnown = state === 'running' || state === 'exited' || state === 'killed'
    return {
      state: isKnown ? state : 'unknown',
      exitCode: code === '' ? null : Number(code),
      text: stdout.text,
      size: Number(size),
      droppedBytes: Math.max(0, Number(size) - from - outputLimitBytes),
    }
  }

  /** To a job, or to what an earlier process left running of a call. */
  async signal(
    name: string,
    signal: 'INT' | 'KILL',
    abort: AbortSignal,
  ): Promise<'signalled' | 'ended' | 'unknown'> {
    const { stdout } = await this.#bash([SIGNAL, this.#options.folder, name, signal], {
      timeoutMs: HOUSEKEEPING_MS,
      outputLimitBytes: 1_000,
      signal: abort,
    })
    const answer = stdout.text.trim()
    return answer === 'signalled' || answer === 'ended' ? answer : 'unknown'
  }

  /** Takes its folder away, when nobody will go on with it; jobs go on. */
  async remove(): Promise<void> {
    const remove = ['rm', '-rf', '--', this.#options.folder]
    const signal = AbortSignal.timeout(HOUSEKEEPING_MS)
    // Afterwards nobody looks at the sandbox but for its files, and one folder more does no harm.
    await this.#run(remove, { timeoutMs: 5_000, outputLimitBytes: 1_000, signal }).catch(() => null)
  }

  #bash(
    [script, ...args]: readonly [string, ...string[]],
    limits: CallLimits & { readonly input?: string },
  ): Promise<Ran> {
    return this.#run(['bash', '-c', script, 'bash', ...args], limits)
  }

  #run(command: readonly string[], limits: CallLimits & { input?: string }): Promise<Ran> {
    return runCommand(this.#options.runner, command, { ...this.#options.how, ...limits })
  }
}

/** Bash reads a pipe byte by byte, which up to here is quicker than another process. */
const READ_CHARS = 8_000
const lengthOf = (command: string) => (command.length > READ_CHARS ? 'long' : 'short')

export interface NewShell {
  readonly folder: string
  /** Where it begins, as whom and on what, for the model. */
  readonly machine: string
}

const BEGIN = `
mktemp -d /tmp/.sbench-shell-XXXXXXXX || exit
. /etc/os-release 2>/dev/null
echo "You are $(id -un 2>/dev/null || id -u), in $PWD, on \${PRETTY_NAME:-Linux}."
`

/**
 * A folder for a session to keep its state in.
 *
 * @throws Failure `agent.unsupported-image` when there is no bash or no place for it.
 */
export async function newShell(
  { runner, how }: Omit<ShellOptions, 'folder'>,
  signal: AbortSignal,
): Promise<NewShell> {
  const command = ['bash', '-c', BEGIN]
  const limits = { timeoutMs: HOUSEKEEPING_MS, outputLimitBytes: 4_000, signal }
  const { exitCode, stdout, stderr } = await runCommand(runner, command, { ...how, ...limits })
  const [folder = '', ...machine] = stdout.text.trim().split('\n')
  if (exitCode === 0 && folder.startsWith('/tmp/')) return { folder, machine: machine.join('\n') }
  const why = stderr.text.trim() || stdout.text.trim() || `bash ended with ${exitCode}`
  const message = `The agent loop needs bash and a writable /tmp in the task's image: ${why}`
  throw new Failure('agent.unsupported-image', message.slice(0, 500), { facts: { agent: 'loop' } })
}
