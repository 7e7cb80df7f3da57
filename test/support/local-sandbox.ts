import { type ChildProcess, spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import type {
  CommandEnd,
  CommandOptions,
  CommandRunner,
  RunningCommand,
} from '../../sandbox/running-command.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'

/**
 * A sandbox that is none: commands are processes of this machine. For tests of what uses a
 * sandbox's runner, without Docker; what it cannot do says so.
 */
export function localSandbox(workdir: string): Sandbox {
  const runner = new LocalRunner(workdir)
  const none = (what: string) => Promise.reject(new Error(`a local sandbox has no ${what}`))
  return {
    id: 'local',
    exec: () => none('exec'),
    runner: async () => runner,
    putArchive: () => none('putArchive'),
    getArchive: () => none('getArchive'),
    stop: () => none('stop'),
    use: () => none('use'),
    snapshot: () => none('snapshot'),
    wroteBelow: () => false,
    [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose](),
  }
}

const SHELL_FOLDER = /\/tmp\/\.sbench-shell-\w{8}/g

class LocalRunner implements CommandRunner {
  readonly kind = 'runner'
  readonly #workdir: string
  readonly #running = new Map<string, ChildProcess>()
  /** Folders of shells, which go with a container and would stay on this machine. */
  readonly #made = new Set<string>()

  constructor(workdir: string) {
    this.#workdir = workdir
  }

  async start(
    [program = '', ...args]: readonly string[],
    { env, workdir }: CommandOptions = {},
  ): Promise<RunningCommand> {
    const child = spawn(program, args, {
      detached: true,
      cwd: workdir ?? this.#workdir,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: this.#workdir, ...env },
      stdio: 'pipe',
    })
    const id = String(child.pid)
    this.#running.set(id, child)
    let abandoned = false
    const ended = new Promise<CommandEnd>((resolve) => {
      child.once('error', () => resolve({ exitCode: 127, signal: null }))
      child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
    })
    void ended.then(() => this.#running.delete(id))
    child.stdin.on('error', () => undefined)
    const made = this.#made
    async function* output(stream: NodeJS.ReadableStream): AsyncGenerator<Uint8Array> {
      try {
        for await (const piece of stream) {
          const chunk = Buffer.from(piece)
          for (const [folder] of chunk.toString('latin1').matchAll(SHELL_FOLDER)) made.add(folder)
          yield chunk
        }
      } catch (error) {
        if (!abandoned) throw error
      }
    }
    return {
      id,
      stdout: output(child.stdout),
      stderr: output(child.stderr),
      ended,
      write: async (bytes) => {
        child.stdin.write(bytes)
      },
      closeInput: async () => {
        child.stdin.end()
      },
      kill: async (signal) => killGroup(child, signal),
      abandon: () => {
        abandoned = true
        child.stdout.destroy()
        child.stderr.destroy()
      },
    }
  }

  async adopt(): Promise<null> {
    return null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running.values()) killGroup(child, 'SIGKILL')
    for (const folder of this.#made) await rm(folder, { recursive: true, force: true })
  }
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended already.
  }
}
