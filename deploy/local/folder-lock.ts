import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../core/failure.ts'
import type { Home } from './home.ts'

export interface FolderLockOptions {
  /** How long to wait for the present holder, in milliseconds. */
  readonly waitMs: number
  /** Called once when another process holds the lock. */
  readonly onWait?: () => void
}

/**
 * An exclusive hold on a state folder: `up` for the time of one start, `supervisor` for a stack's life.
 *
 * It is a name in Linux's abstract socket space (unix(7)), which the kernel frees when the holder
 * dies, so a crash never leaves a stale lock. It does not reach over network namespaces: do not share
 * one folder between containers.
 */
export class FolderLock implements AsyncDisposable {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** @throws Failure `stack.folder-in-use` when the holder keeps it past `waitMs`. */
  static async acquire(
    home: Home,
    purpose: 'up' | 'supervisor',
    { waitMs, onWait }: FolderLockOptions,
  ): Promise<FolderLock> {
    const digest = createHash('sha256').update(home.folder).digest('hex')
    const name = `\0sbench-${purpose}-${digest}`
    const deadline = Date.now() + waitMs
    for (let attempt = 0; ; attempt++) {
      const server = await listen(name)
      if (server !== undefined) return new FolderLock(server)
      if (Date.now() >= deadline) {
        throw new Failure(
          'stack.folder-in-use',
          `Another process is working on ${home.folder} (${purpose}). Wait for it, or use another folder: SBENCH_HOME=<folder>.`,
          { facts: { folder: home.folder, purpose } },
        )
      }
      if (attempt === 0) onWait?.()
      await sleep(50)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen({ path }, () => resolve(server))
  })
}
