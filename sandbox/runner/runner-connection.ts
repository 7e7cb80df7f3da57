import type Docker from 'dockerode'
import { Failure } from '../../core/failure.ts'
import { type ExecStream, openExecStream } from './exec-stream.ts'
import { encodeFrame, type Frame, FrameReader, MAGIC } from './frames.ts'

/** Where the volume of `runner-volume.ts` is in a sandbox, and the program in it. */
export const RUNNER_FOLDER = '/.sbench/runner'
export const RUNNER_PROGRAM = `${RUNNER_FOLDER}/sbench-runner`

/** A daemon that no worker has been connected to for so long ends what it runs, and itself. */
export const LEASE_SECONDS = 30 * 60
/** What a daemon may take for its hello: Docker's exec, and a machine under load. */
const HELLO_MS = 30_000
/** Of what the runner says when it cannot run. */
const REASON_BYTES = 2_000

/** The image cannot run ours, or somebody else holds its socket: each command is a Docker exec then. */
export class RunnerUnusable extends Error {
  override readonly name = 'RunnerUnusable'
}

export interface ConnectionEvents {
  frame(frame: Frame): void
  output(id: bigint, stream: number, bytes: Buffer): void
  /** Once, after the hello, when nothing more will come. */
  closed(): void
}

export interface ConnectOptions {
  /** Name or uid; the container's own when undefined. */
  readonly user: string | undefined
  readonly leaseSeconds: number
}

export type SendOptions = Parameters<typeof encodeFrame>[2]

/** One stream to the daemon of one user. */
export interface RunnerConnection {
  /** Another for another daemon. */
  readonly daemon: string
  send(type: number, id: bigint, content?: SendOptions): Promise<void>
  isOpen(): boolean
  close(): void
}

/**
 * Reaches the daemon of a user in a sandbox, which is started if there is none.
 *
 * @throws RunnerUnusable; Failure `sandbox.call-timed-out`; Docker's refusals as they are.
 */
export async function connectRunner(
  container: Docker.Container,
  { user, leaseSeconds }: ConnectOptions,
  events: ConnectionEvents,
): Promise<RunnerConnection> {
  const words = [RUNNER_PROGRAM, 'connect', socketName(container), String(leaseSeconds)]
  const greeting = Promise.withResolvers<string>()
  let greeted = false
  let isOpen = true
  let reason = ''
  const reader = new FrameReader({
    hello: (daemon) => {
      greeted = true
      greeting.resolve(daemon)
    },
    frame: (frame) => events.frame(frame),
    output: (id, output, bytes) => events.output(id, output, bytes),
  })
  const refused = () => greeting.reject(new RunnerUnusable(reason.trim() || 'it does not start'))
  // Output can come before the stream is in our hands.
  let opened: ExecStream | null = null
  const take = (bytes: Buffer) => {
    try {
      reader.push(bytes)
    } catch {
      // Docker says on the same stream why it could not start a command.
      if (!greeted) reason = `${reason}${bytes}`.slice(0, REASON_BYTES)
      else opened?.close()
    }
  }
  const stream = await openExecStream(
    container,
    { command: words, user },
    {
      output(from, bytes) {
        if (from === 'stderr') reason = `${reason}${bytes}`.slice(0, REASON_BYTES)
        else take(bytes)
      },
      closed: () => {
        isOpen = false
        if (greeted) events.closed()
        else refused()
      },
    },
  )
  opened = stream
  const timer = setTimeout(() => {
    greeting.reject(
      new Failure('sandbox.call-timed-out', `The runner did not answer within ${HELLO_MS} ms.`, {
        facts: { timeoutMs: HELLO_MS },
      }),
    )
    stream.close()
  }, HELLO_MS)
  try {
    await stream.write(MAGIC)
    const daemon = await greeting.promise
    return {
      daemon,
      send: (type, id, content) => stream.write(encodeFrame(type, id, content)),
      isOpen: () => isOpen,
      close: () => stream.close(),
    }
  } finally {
    clearTimeout(timer)
  }
}

/** Sandboxes can share a network namespace, which is where the name lives. */
export const socketName = ({ id }: Docker.Container) => `sbench-runner-${id.slice(0, 24)}`
