import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { z } from 'zod'
import { Failure, messageOf } from '../core/failure.ts'
import { CappedOutput } from './capped-output.ts'
import { dockerCall, isUnreachable, refusalOf, TIME_LIMITS, unreachable } from './docker-call.ts'

export interface BuildOptions {
  /** Null leaves the image without a name. */
  readonly tag: string | null
  /** What failures call it; its tag when absent. */
  readonly shownAs?: string
  readonly labels: Readonly<Record<string, string>>
  readonly args: Readonly<Record<string, string>>
  /** Docker's name for what RUN steps are connected to; null is the daemon's default. */
  readonly network: string | null
  readonly timeoutMs: number
}

const LOG_BYTES = 64 * 1024
/** How much of the log's end goes into a failure's message. */
const SHOWN_LINES = 20

const progress = z.object({
  stream: z.string().optional(),
  error: z.string().optional(),
  aux: z.object({ ID: z.string().optional() }).optional(),
})

/**
 * Builds an image with the daemon's own builder and gives it a tag.
 *
 * @returns its id.
 * @throws Failure `image.not-found` when a base image is not there and cannot be pulled,
 *   `image.build-failed` with the end of the log for anything else, also for the time limit.
 */
export async function buildImage(
  docker: Docker,
  context: Readable,
  options: BuildOptions,
): Promise<string> {
  const log = new BuildLog(options.shownAs ?? options.tag ?? 'without a name')
  const cut = AbortSignal.timeout(options.timeoutMs)
  try {
    const stream = await dockerCall('begin a build', options.timeoutMs, () =>
      docker.buildImage(context, {
        ...(options.tag === null ? {} : { t: options.tag }),
        labels: { ...options.labels },
        buildargs: { ...options.args },
        rm: true,
        forcerm: true,
        ...(options.network === null ? {} : { networkmode: options.network }),
        abortSignal: cut,
      }),
    )
    for await (const chunk of stream) log.push(String(chunk))
    return log.image()
  } catch (cause) {
    if (cut.aborted) throw log.failure(`it took more than ${options.timeoutMs / 1_000} s`, cause)
    if (cause instanceof Failure) throw cause
    if (isUnreachable(cause)) throw unreachable(cause)
    throw log.failure(refusalOf(cause), cause)
  }
}

/** Pulls an image that is not there yet. @throws Failure `image.not-found`. */
export async function pullImage(docker: Docker, image: string, timeoutMs: number): Promise<void> {
  const cut = AbortSignal.timeout(timeoutMs)
  try {
    const stream = await dockerCall('begin a pull', Math.min(timeoutMs, TIME_LIMITS.changeMs), () =>
      docker.pull(image, { abortSignal: cut }),
    )
    const log = new BuildLog(image)
    for await (const chunk of stream) log.push(String(chunk))
  } catch (cause) {
    if (cause instanceof Failure && cause.code === 'docker.unreachable') throw cause
    if (isUnreachable(cause)) throw unreachable(cause)
    const seconds = timeoutMs / 1_000
    const why = cut.aborted ? `it took more than ${seconds} s` : refusalOf(cause)
    throw imageNotFound(image, why, cause)
  }
}

function imageNotFound(image: string, why: string, cause: unknown): Failure {
  return new Failure(
    'image.not-found',
    `The image ${image} is not in the node's Docker daemon and cannot be pulled: ${why}. ` +
      `Load it with "docker load" or "docker pull" on the node, or give the daemon access to it.`,
    { facts: { image }, cause },
  )
}

/** Reads Docker's lines of JSON; an error in them ends the build. */
class BuildLog {
  readonly #image: string
  readonly #text = new CappedOutput(LOG_BYTES)
  #rest = ''
  #id: string | undefined
  /** The base image of the step that runs, while it is a FROM. */
  #base: string | null = null

  constructor(image: string) {
    this.#image = image
  }

  push(chunk: string): void {
    const lines = `${this.#rest}${chunk}`.split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') this.#take(line)
  }

  /** Docker says the id at the end. */
  image(): string {
    if (this.#id === undefined) throw this.failure('Docker ended without an image')
    return this.#id
  }

  failure(why: string, cause?: unknown): Failure {
    const lines = this.#text.text().text.trimEnd().split('\n').slice(-SHOWN_LINES)
    const message = `The image ${this.#image} cannot be built: ${why.trim()}`
    return new Failure('image.build-failed', [message, ...lines].join('\n').trim(), {
      facts: { image: this.#image },
      cause,
    })
  }

  #take(line: string): void {
    const { stream = '', error, aux } = progress.parse(JSON.parse(line))
    this.#id = aux?.ID ?? this.#id
    this.#text.push(Buffer.from(stream))
    const step = /^Step \d+\/\d+ : (\S+)\s+(\S+)/.exec(stream)
    if (step !== null) this.#base = step[1]?.toUpperCase() === 'FROM' ? (step[2] ?? null) : null
    if (error === undefined) return
    if (this.#base !== null) throw imageNotFound(this.#base, messageOf(error), undefined)
    throw this.failure(error)
  }
}
