import type { Duplex } from 'node:stream'
import type Docker from 'dockerode'
import { dockerCall, TIME_LIMITS } from '../docker-call.ts'
import { FrameDecoder, type OutputStream } from '../frame-decoder.ts'

export interface ExecStreamOptions {
  readonly command: readonly string[]
  readonly user?: string | undefined
  readonly workdir?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
}

export interface ExecStreamListener {
  output(stream: OutputStream, bytes: Buffer): void
  /** Once, when nothing more will come: the command has ended, or the connection broke. */
  closed(): void
}

/** A command in a container with its input and output on one connection to Docker. */
export interface ExecStream {
  readonly exec: Docker.Exec
  /** Resolves when the bytes have left this process; never rejects, see `closed`. */
  write(bytes: Uint8Array): Promise<void>
  /** Its standard input ends; what it prints still comes. */
  endInput(): void
  pause(): void
  resume(): void
  close(): void
}

/** @throws Docker's refusals as they are. */
export async function openExecStream(
  container: Docker.Container,
  options: ExecStreamOptions,
  listen: ExecStreamListener,
): Promise<ExecStream> {
  const { command, user, workdir, env = {} } = options
  const exec = await dockerCall('prepare a command', TIME_LIMITS.changeMs, (abortSignal) =>
    container.exec({
      Cmd: [...command],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ...(user === undefined ? {} : { User: user }),
      ...(workdir === undefined ? {} : { WorkingDir: workdir }),
      abortSignal,
    }),
  )
  const socket = await dockerCall('start a command', TIME_LIMITS.changeMs, () =>
    exec.start({ hijack: true, stdin: true, Detach: false, Tty: false }),
  )
  const decoder = new FrameDecoder((stream, bytes) =>
    listen.output(stream, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
  )
  socket.on('data', (chunk: Buffer) => {
    try {
      decoder.push(chunk)
    } catch {
      // Bytes that are none of Docker's: as good as a broken connection.
      socket.destroy()
    }
  })
  socket.on('error', () => undefined)
  onceEnded(socket, () => listen.closed())
  return {
    exec,
    write: (bytes) => write(socket, bytes),
    endInput: () => void socket.end(),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close: () => void socket.destroy(),
  }
}

function onceEnded(socket: Duplex, ended: () => void): void {
  let told = false
  const tell = () => {
    if (told) return
    told = true
    ended()
    socket.destroy()
  }
  socket.on('end', tell)
  socket.on('close', tell)
}

function write(socket: Duplex, bytes: Uint8Array): Promise<void> {
  if (socket.destroyed || socket.writableEnded) return Promise.resolve()
  return new Promise((resolve) => void socket.write(bytes, () => resolve()))
}
