import { setTimeout as delay } from 'node:timers/promises'
import type Docker from 'dockerode'
import { dockerCall, TIME_LIMITS } from './docker-call.ts'
import { ExecOutput } from './exec-output.ts'
import { killGroup } from './kill-group.ts'
import type { ExecOptions, ExecResult } from './sandbox.ts'

/**
 * The command's process id is the one thing that Docker does not tell and that killing it needs, so
 * a shell says it as the first line of standard error and then becomes the command. Docker makes
 * the shell the leader of a session and group of its own.
 */
const WRAPPER = ['sh', '-c', 'echo $$ >&2; exec "$@"', 'sh']

/** How often a command whose output is still open is asked whether it has ended. */
const WATCH_MS = 1_500
/** Output that may still be under way when the command has ended. */
const LATE_OUTPUT_MS = 750
/** What a killed command may take to be gone, and how long until it is killed once more. */
const KILL_MS = 8_000
const KILL_AGAIN_MS = 1_500

export type RawExecResult = Omit<ExecResult, 'outOfMemory'> & {
  /** Whether the command's shell was heard of; if not, the container may have been gone. */
  readonly begun: boolean
  /** Killed by us, or with the whole container because it would not end otherwise. */
  readonly killed: 'no' | 'group' | 'container'
}

/**
 * Runs a command in a running container: its output without Docker's frames, its exit code, an end
 * in time. Children that outlive it and hold its output open delay the end by {@link WATCH_MS} and
 * {@link LATE_OUTPUT_MS} at most; what they print later is lost.
 *
 * @throws Docker's refusals as they are.
 */
export async function runExec(
  container: Docker.Container,
  command: readonly string[],
  options: ExecOptions,
): Promise<RawExecResult> {
  const startedAt = performance.now()
  const exec = await dockerCall('prepare a command', TIME_LIMITS.changeMs, (abortSignal) =>
    container.exec({
      Cmd: [...WRAPPER, ...command],
      AttachStdout: true,
      AttachStderr: true,
      ...(options.user === undefined ? {} : { User: options.user }),
      ...(options.workdir === undefined ? {} : { WorkingDir: options.workdir }),
      Env: Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`),
      abortSignal,
    }),
  )
  const stream = await dockerCall('start a command', TIME_LIMITS.changeMs, () =>
    exec.start({ Detach: false, Tty: false }),
  )
  const output = new ExecOutput(options)
  const ending = new AbortController()
  try {
    const drained = drain(stream, output)
    const first = await Promise.race([
      drained,
      untilExit(exec, ending.signal),
      untilCut(options, ending.signal),
    ])
    const cut = first === 'timeout' || first === 'abort'
    const killed = cut ? await endCommand(container, { exec, output, user: options.user }) : 'no'
    if (first !== 'drained') await Promise.race([drained, delay(LATE_OUTPUT_MS)])
    const exitCode = cut ? null : await exitCodeOf(exec)
    const durationMs = performance.now() - startedAt
    const begun = output.leader !== null
    return {
      exitCode,
      timedOut: first === 'timeout',
      begun,
      killed,
      durationMs,
      ...output.result(),
    }
  } finally {
    ending.abort()
    stream.destroy()
  }
}

/** Takes output as fast as it comes into memory of a fixed size; a broken stream is an end too. */
async function drain(stream: NodeJS.ReadableStream, output: ExecOutput): Promise<'drained'> {
  for await (const chunk of stream) {
    output.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  }
  return 'drained'
}

async function untilExit(exec: Docker.Exec, signal: AbortSignal): Promise<'exited'> {
  while (!signal.aborted) {
    await delay(WATCH_MS, undefined, { signal }).catch(() => undefined)
    if (signal.aborted || !(await isRunning(exec))) break
  }
  return 'exited'
}

/** Resolves when the command's time is over or its caller wants no more of it. */
export function untilCut(options: ExecOptions, ended: AbortSignal): Promise<'timeout' | 'abort'> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('timeout'), options.timeoutMs)
    const abort = () => resolve('abort')
    if (options.signal?.aborted === true) abort()
    options.signal?.addEventListener('abort', abort)
    ended.addEventListener('abort', () => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', abort)
    })
  })
}

interface Running {
  readonly exec: Docker.Exec
  readonly output: ExecOutput
  readonly user: string | undefined
}

async function endCommand(
  container: Docker.Container,
  { exec, output, user }: Running,
): Promise<'group' | 'container'> {
  const deadline = performance.now() + KILL_MS
  // Where processes have run out, the kill itself may fail to start: it gets further chances. And
  // on a machine under load the command may not have said yet who it is.
  let killAgainAt = Number.NEGATIVE_INFINITY
  while (performance.now() < deadline) {
    if (output.leader !== null && performance.now() > killAgainAt) {
      await killGroup(container, output.leader, { user }).catch(() => undefined)
      killAgainAt = performance.now() + KILL_AGAIN_MS
    }
    if (!(await isRunning(exec))) return 'group'
    await delay(10)
  }
  await dockerCall('kill the container', TIME_LIMITS.changeMs, (abortSignal) =>
    container.kill({ abortSignal }),
  ).catch(() => undefined)
  return 'container'
}

/** The output can end some milliseconds before Docker has noted the exit. */
async function exitCodeOf(exec: Docker.Exec): Promise<number | null> {
  const deadline = performance.now() + TIME_LIMITS.readMs
  for (let pauseMs = 2; performance.now() < deadline; pauseMs *= 2) {
    const { Running, ExitCode } = await inspect(exec)
    if (!Running) return ExitCode
    await delay(Math.min(pauseMs, 200))
  }
  return null
}

const isRunning = async (exec: Docker.Exec) => (await inspect(exec)).Running

function inspect(exec: Docker.Exec): Promise<Docker.ExecInspectInfo> {
  return dockerCall('tell of a command', TIME_LIMITS.readMs, (abortSignal) =>
    exec.inspect({ abortSignal }),
  )
}
