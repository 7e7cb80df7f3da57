import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Settings of a process: its environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Where progress is said aloud, one line at a time, for a person to read. */
export type Say = (line: string) => void

export interface RunOptions {
  readonly timeoutMs: number
  readonly env?: Environment
}

export interface Ran {
  /** 127 when there is no such command, null when it was killed by a signal or the deadline. */
  readonly code: number | null
  /** The last lines of stdout and stderr together. */
  readonly output: string
  readonly timedOut: boolean
}

const KEPT_LINES = 40

const KILL_GRACE_MS = 2_000
/** A child of the command that lives on may hold its output open; it is not waited for longer. */
const OUTPUT_GRACE_MS = 1_000

/**
 * Runs a command to its end, or ends it at the deadline. Never throws. It shares this process's
 * terminal group, so that Ctrl-C ends both.
 *
 * @param options.env inherited when left out.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  { timeoutMs, env }: RunOptions,
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(env === undefined ? {} : { env }),
    })
    const lines: string[] = []
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', (line) => {
        lines.push(line)
        if (lines.length > KEPT_LINES) lines.shift()
      })
    }
    let timedOut = false
    let timer = setTimeout(() => {
      timedOut = true
      child.kill('SIGTERM')
      timer = setTimeout(() => child.kill('SIGKILL'), KILL_GRACE_MS)
    }, timeoutMs)
    const done = (code: number | null, output: string) => {
      clearTimeout(timer)
      resolve({ code, output, timedOut })
    }
    child.once('error', (error) => done(127, error.message))
    child.once('exit', (code) => {
      clearTimeout(timer)
      timer = setTimeout(() => done(code, lines.join('\n')), OUTPUT_GRACE_MS)
    })
    child.once('close', (code) => done(code, lines.join('\n')))
  })
}

/** How a command ended, for a message: its deadline, its exit code, its last words. */
export function howItEnded({ code, output, timedOut }: Ran): string {
  const how = timedOut ? 'ran into its deadline' : `ended with ${code ?? 'a signal'}`
  return output === '' ? how : `${how}: ${output}`
}
