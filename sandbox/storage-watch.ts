import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { dockerCall, TIME_LIMITS } from './docker-call.ts'
import type { DockerHost } from './docker-host.ts'

/** Hears of a container that has written more than it may. Disposing ends the watch. */
export interface StorageWatch extends AsyncDisposable {
  /** Aborted with an Error that says how much it was. */
  readonly signal: AbortSignal
}

export interface StorageLimit {
  readonly limitMb: number
  /** Between two looks; 5 s by default, and longer where a look takes long. */
  readonly pauseMs?: number
}

const PAUSE_MS = 5_000
/** A look is a walk through all that was written: at most a twentieth of a core goes into it. */
const SHARE = 20
const MEBIBYTE = 1024 * 1024

const size = z.object({ SizeRw: z.number().default(0) })

/**
 * Watches what a container writes beside its image. Docker limits that by itself on few file systems
 * alone, so this asks for its size now and then: what was written between two looks counts as well,
 * and the disk must have room for it.
 *
 * @param container its id.
 */
export function watchStorage(
  { docker }: Pick<DockerHost, 'docker'>,
  container: string,
  { limitMb, pauseMs = PAUSE_MS }: StorageLimit,
): StorageWatch {
  const exceeded = new AbortController()
  const over = new AbortController()
  const look = async (): Promise<number> => {
    const facts = await dockerCall('tell the size of a container', TIME_LIMITS.walkMs, (signal) => {
      // The client passes it on, and its types do not know of it.
      const withSize = { size: true, abortSignal: signal }
      return docker.getContainer(container).inspect(withSize)
    })
    return size.parse(facts).SizeRw / MEBIBYTE
  }
  const watch = async (): Promise<void> => {
    for (let wait = pauseMs; ; ) {
      await delay(wait, undefined, { signal: over.signal })
      const startedAt = performance.now()
      // A look that fails says nothing of the container; whoever uses it next hears what is wrong.
      const writtenMb = await look().catch(() => 0)
      if (writtenMb > limitMb) {
        const written = Math.ceil(writtenMb)
        exceeded.abort(new Error(`it wrote ${written} MB, and its storage_mb is ${limitMb}`))
        return
      }
      wait = Math.max(pauseMs, SHARE * (performance.now() - startedAt))
    }
  }
  const ended = watch().catch(() => undefined)
  return {
    signal: exceeded.signal,
    async [Symbol.asyncDispose]() {
      over.abort()
      await ended
    },
  }
}
