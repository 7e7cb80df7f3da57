import { setTimeout as sleep } from 'node:timers/promises'
import { CappedOutput } from '../../../sandbox/capped-output.ts'
import type {
  CommandEnd,
  CommandOptions,
  CommandRunner,
  RunningCommand,
} from '../../../sandbox/running-command.ts'
import type { CappedText } from '../../../sandbox/sandbox.ts'

export interface RunOptions extends CommandOptions {
  readonly input?: string | Uint8Array
  readonly timeoutMs: number
  /** Bytes kept of each stream: half from the start, half from the end. */
  readonly outputLimitBytes: number
  readonly signal: AbortSignal
  /** What an interrupted command may take to end before it is killed; two seconds by default. */
  readonly graceMs?: number
}

export interface Ran extends CommandEnd {
  readonly stdout: CappedText
  readonly stderr: CappedText
  readonly timedOut: boolean
  readonly durationMs: number
}

const GRACE_MS = 2_000
/** What a killed command may take to be gone. */
const KILLED_MS = 5_000
/** Output that may still be under way when the command has ended but its children live on. */
const LATE_OUTPUT_MS = 200

/**
 * Runs a command to its end. At its time limit it is interrupted as Ctrl-C would, then killed.
 * Children that live on do not hold it up.
 *
 * @throws the signal's reason when aborted, with the command's process group killed.
 */
export async function runCommand(
  runner: CommandRunner,
  command: readonly string[],
  options: RunOptions,
): Promise<Ran> {
  const { input, timeoutMs, outputLimitBytes, signal, graceMs = GRACE_MS, ...how } = options
  signal.throwIfAborted()
  const startedAt = performance.now()
  const running = await runner.start(command, how)
  const stdout = new CappedOutput(outputLimitBytes)
  const stderr = new CappedOutput(outputLimitBytes)
  const drained = Promise.all([drain(running.stdout, stdout), drain(running.stderr, stderr)])
  drained.catch(() => undefined)
  const over = new AbortController()
  try {
    void feed(running, input)
    const first = await Promise.race([
      running.ended.then(() => 'ended' as const),
      drained.then(() => running.ended).then(() => 'ended' as const),
      sleep(timeoutMs, 'timeout' as const, { signal: over.signal }),
      aborted(signal, over.signal),
    ])
    if (first === 'aborted') {
      await running.kill('SIGKILL')
      signal.throwIfAborted()
    }
    const end = first === 'ended' ? await running.ended : await cut(running, graceMs)
    await Promise.race([drained, sleep(LATE_OUTPUT_MS, undefined, { signal: over.signal })])
    return {
      ...end,
      stdout: stdout.text(),
      stderr: stderr.text(),
      timedOut: first === 'timeout',
      durationMs: Math.round(performance.now() - startedAt),
    }
  } finally {
    over.abort()
    running.abandon()
  }
}

/** A command that ends without reading its input is no mistake; its end says what happened. */
async function feed(running: RunningCommand, input: string | Uint8Array | undefined) {
  try {
    if (input !== undefined) await running.write(Buffer.from(input))
    await running.closeInput()
  } catch {
    // Said by `ended` or the streams, when it matters.
  }
}

async function cut(running: RunningCommand, graceMs: number): Promise<CommandEnd> {
  const ends = async (signal: 'SIGINT' | 'SIGKILL', withinMs: number) => {
    await running.kill(signal)
    return Promise.race([running.ended, sleep(withinMs, null, { ref: false })])
  }
  const interrupted = await ends('SIGINT', graceMs)
  if (interrupted !== null) return interrupted
  return (await ends('SIGKILL', KILLED_MS)) ?? { exitCode: null, signal: 'SIGKILL' }
}

async function drain(stream: AsyncIterable<Uint8Array>, output: CappedOutput): Promise<void> {
  for await (const bytes of stream) output.push(bytes)
}

function aborted(signal: AbortSignal, over: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    const abort = () => resolve('aborted')
    signal.addEventListener('abort', abort, { once: true, signal: over })
    if (signal.aborted) abort()
  })
}
