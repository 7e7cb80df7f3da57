import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type Docker from 'dockerode'
import { dockerCall, statusOf, TIME_LIMITS } from './docker-call.ts'
import { untilCut } from './exec.ts'
import { ExecOutput } from './exec-output.ts'
import type { ExecOptions, ExecResult } from './sandbox.ts'

/** A container's main process, listened to before it starts. */
export interface MainCommand {
  /** After the start: its output and its end, which is the end of everything in the container. */
  finish(): Promise<ExecResult>
}

/** Output that may still be under way when the container has ended. */
const LATE_OUTPUT_MS = 750
/** A killed container that has not ended by then is somebody else's to remove. */
const KILL_MS = 8_000

/**
 * Attaches to a container that was created with a command of its own and has not started: the same
 * as running that command in it, at half of what Docker needs for a container and a command.
 */
export async function attachMain(
  container: Docker.Container,
  options: ExecOptions,
): Promise<MainCommand> {
  const attached = await dockerCall('attach', TIME_LIMITS.changeMs, () =>
    container.attach({ stream: true, stdout: true, stderr: true }),
  )
  const stream = Readable.from(attached, { objectMode: false })
  const startedAt = performance.now()
  const output = new ExecOutput(options, { saysLeader: false })
  const drained = drain(stream, output)
  return {
    async finish() {
      const over = new AbortController()
      const ended: Promise<unknown> = container.wait({ condition: 'not-running' })
      try {
        const cut = await Promise.race([ended.then(() => 'no'), untilCut(options, over.signal)])
        if (cut !== 'no') await kill(container, ended)
        await Promise.race([drained, delay(LATE_OUTPUT_MS)])
        const state = await stateOf(container)
        const { stdout, stderr } = output.result()
        return {
          exitCode: cut === 'no' ? state.ExitCode : null,
          timedOut: cut === 'timeout',
          stdout,
          stderr,
          durationMs: performance.now() - startedAt,
          outOfMemory: state.OOMKilled,
        }
      } finally {
        over.abort()
        stream.destroy()
      }
    },
  }
}

async function drain(stream: NodeJS.ReadableStream, output: ExecOutput): Promise<void> {
  try {
    for await (const chunk of stream) {
      output.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
    }
  } catch {
    // A broken stream is an end; what came before it counts.
  }
}

async function kill(container: Docker.Container, ended: Promise<unknown>): Promise<void> {
  await dockerCall('kill the container', TIME_LIMITS.changeMs, (abortSignal) =>
    container.kill({ abortSignal }),
  ).catch((error: unknown) => {
    if (statusOf(error) !== 409) throw error
  })
  await Promise.race([ended, delay(KILL_MS)])
}

async function stateOf(container: Docker.Container): Promise<Docker.ContainerInspectInfo['State']> {
  const { State } = await dockerCall('tell its state', TIME_LIMITS.readMs, (abortSignal) =>
    container.inspect({ abortSignal }),
  )
  return State
}
