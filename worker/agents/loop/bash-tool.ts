import { z } from 'zod'
import type { Ran } from './run-command.ts'
import type { Shell } from './shell.ts'
import { failed, ok, type Tool, type ToolResult, tool } from './tool.ts'

const DEFAULT_SECONDS = 120
const MAX_SECONDS = 1_800
/** Of output, for the model: the first and the last half of it. */
export const OUTPUT_BYTES = 30_000

export interface ShellTools {
  readonly shell: Shell
  /** No call may outlast the trial. */
  readonly timeoutMs: number
}

export function bashTool({ shell, timeoutMs }: ShellTools): Tool {
  return tool({
    name: 'bash',
    description: [
      'Runs a command in a bash session on the machine of the task. Directory, variables, functions',
      'and shell options stay for the next call; standard input is empty, there is no terminal.',
      `A command is interrupted after timeout_seconds (${DEFAULT_SECONDS} unless you say so, at most`,
      `${MAX_SECONDS}), and killed if that does not end it. Of long output you see start and end.`,
      'With background, it returns at once with the name of a job, for the tool job: use it for',
      'servers and for whatever takes long.',
    ].join(' '),
    input: z.strictObject({
      command: z.string().min(1).describe('what bash is to run; may have many lines'),
      timeout_seconds: z.number().positive().max(MAX_SECONDS).optional(),
      background: z.boolean().optional(),
    }),
    lane: 'sandbox',
    async run({ command, timeout_seconds: seconds = DEFAULT_SECONDS, background }, use) {
      if (command.includes('\0')) return failed('A command cannot hold a NUL byte.')
      if (background === true) {
        const job = jobName(use.name)
        await shell.start(command, job, use.signal)
        return ok(`Started as ${job}.`, { background: true })
      }
      const limitMs = Math.min(seconds * 1_000, timeoutMs)
      const { signal } = use
      const limits = { timeoutMs: limitMs, outputLimitBytes: OUTPUT_BYTES, signal }
      return resultOf(await shell.run(command, callName(use.name), limits), limitMs)
    },
    interrupt: (name) => interrupt(shell, name),
  })
}

async function interrupt(shell: Shell, name: string): Promise<string> {
  const signal = AbortSignal.timeout(30_000)
  const found = await shell.signal(callName(name), 'KILL', signal)
  if (found === 'signalled') {
    return 'It was still at work and has been killed; what it did until then stands.'
  }
  const limits = { from: 0, waitMs: 0, timeoutMs: 30_000, outputLimitBytes: 1, signal }
  const job = await shell.read(jobName(name), limits)
  if (job.state !== 'unknown') return `It had been started as ${jobName(name)}.`
  return 'It is not at work any more; whether it came to its end is not known.'
}

const jobName = (name: string) => `job-${name}`
const callName = (name: string) => `call-${name}`

function resultOf({ stdout, stderr, ...ran }: Ran, limitMs: number): ToolResult {
  const { exitCode, signal, timedOut, durationMs } = ran
  const output = `${stdout.text}${stderr.text}`
  const end = timedOut
    ? `[ended at its time limit of ${limitMs / 1_000} s]`
    : signal !== null
      ? `[ended by ${signal}]`
      : exitCode === 0
        ? ''
        : `[exit code ${exitCode}]`
  const gap = output === '' || output.endsWith('\n') || end === '' ? '' : '\n'
  return {
    text: `${output}${gap}${end}`,
    failed: timedOut || exitCode !== 0,
    meta: {
      exitCode: exitCode ?? -1,
      durationMs,
      timedOut,
      droppedBytes: stdout.droppedBytes + stderr.droppedBytes,
    },
  }
}
