import { rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createServer, request } from '../../core/node-http.ts'
import type { Home } from './home.ts'
import { type SupervisorStatus, supervisorStatusSchema } from './stack-status.ts'

/** The supervisor's side of its Unix socket: `GET /status`, `POST /stop`. */
export class ControlServer implements AsyncDisposable {
  /** Resolves when someone has asked for the end of the stack. */
  readonly stopAsked: Promise<void>
  readonly #server: Server

  private constructor(server: Server, stopAsked: Promise<void>) {
    this.#server = server
    this.stopAsked = stopAsked
  }

  static async open(home: Home, status: () => SupervisorStatus): Promise<ControlServer> {
    const stop = Promise.withResolvers<void>()
    const server = createServer((asked, answer) => {
      const route = `${asked.method} ${asked.url}`
      if (route === 'POST /stop') {
        answer.end('{}\n', () => stop.resolve())
      } else if (route === 'GET /status') {
        answer.setHeader('content-type', 'application/json')
        answer.end(`${JSON.stringify(status())}\n`)
      } else {
        answer.writeHead(404).end()
      }
    })
    await rm(home.socket, { force: true })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(home.socket, resolve)
    })
    return new ControlServer(server, stop.promise)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** The status of a live supervisor, or undefined when none answers within two seconds. */
export async function askStatus(home: Home): Promise<SupervisorStatus | undefined> {
  const text = await ask(home, 'GET', '/status')
  return text === undefined ? undefined : supervisorStatusSchema.parse(JSON.parse(text))
}

/** Asks the supervisor to end. @returns whether one took the request. */
export async function askStop(home: Home): Promise<boolean> {
  return (await ask(home, 'POST', '/stop')) !== undefined
}

function ask(home: Home, method: string, path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(2_000)
    const asked = request({ socketPath: home.socket, method, path, agent: false, signal })
    asked.once('error', () => resolve(undefined))
    asked.once('response', (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (piece: string) => {
        text += piece
      })
      answer.once('end', () => resolve(text))
      answer.once('error', () => resolve(undefined))
    })
    asked.end()
  })
}
