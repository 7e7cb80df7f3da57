import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Task } from '../../tasks/task.ts'
import type { McpEndpoint } from '../agents/agent.ts'
import type { EventRecorder } from '../trajectory/recorder.ts'
import type { Inside } from './connect-inside.ts'
import type { Upstream } from './upstream.ts'

export interface TrialMcpOptions {
  readonly sandbox: Sandbox
  readonly task: Task
  /** Opens these servers and no others, for as long as they are open. */
  readonly key: string
  /** Where the gateway answers, without a path: on this machine, and inside of the sandbox. */
  readonly url: string
  readonly insideUrl: string | null
  readonly recorder: EventRecorder
  /** Of one call of a tool. */
  readonly callTimeoutMs: number
  /** {@link TrialMcp.commandIds} of an earlier process, whose servers nobody can speak to any more. */
  readonly replaces?: readonly string[]
  /** For a server's start. */
  readonly startMs?: number
}

/** Where the gateway's HTTP server offers them. */
export const MCP_PATH = '/mcp/'

/** The MCP servers of one attempt, running and healthy until they are disposed of. */
export class TrialMcp implements AsyncDisposable {
  readonly endpoints: readonly McpEndpoint[]
  readonly recorder: EventRecorder
  readonly #upstreams: readonly Upstream[]
  readonly #onClose: () => void

  private constructor(
    { url, insideUrl, key, recorder }: TrialMcpOptions,
    upstreams: readonly Upstream[],
    onClose: () => void,
  ) {
    this.recorder = recorder
    this.#upstreams = upstreams
    this.#onClose = onClose
    this.endpoints = upstreams.map(({ name }) => {
      const path = `${MCP_PATH}${encodeURIComponent(name)}`
      return {
        name,
        url: `${url}${path}`,
        insideUrl: insideUrl === null ? null : `${insideUrl}${path}`,
        headers: { authorization: `Bearer ${key}` },
      }
    })
  }

  /** @throws Failure `mcp.start-failed` with none of them left running. */
  static async open(options: TrialMcpOptions, onClose: () => void): Promise<TrialMcp> {
    const { mcpServers } = options.task.environment
    if (mcpServers.length === 0) return new TrialMcp(options, [], onClose)
    const { Upstream } = await import('./upstream.ts')
    const inside = await insideOf(options)
    await endEarlier(inside, options.replaces ?? [])
    const opening = mcpServers.map((server) =>
      Upstream.open({
        ...inside,
        server,
        timeoutMs: options.callTimeoutMs,
        onLost: (body) =>
          options.recorder.record({ kind: 'note', body, meta: { server: server.name } }),
        ...(options.startMs === undefined ? {} : { startMs: options.startMs }),
      }),
    )
    const opened = await Promise.allSettled(opening)
    const upstreams = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const failed = opened.find((one) => one.status === 'rejected')
    if (failed === undefined) return new TrialMcp(options, upstreams, onClose)
    await Promise.all(upstreams.map((upstream) => upstream[Symbol.asyncDispose]()))
    throw failed.reason
  }

  /** Of the commands that are servers, for a later process's {@link TrialMcpOptions.replaces}. */
  get commandIds(): readonly string[] {
    return this.#upstreams.flatMap(({ commandId }) => (commandId === null ? [] : [commandId]))
  }

  upstream(name: string): Upstream | undefined {
    return this.#upstreams.find((upstream) => upstream.name === name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#onClose()
    await Promise.all(this.#upstreams.map((upstream) => upstream[Symbol.asyncDispose]()))
  }
}

async function insideOf({ sandbox, task }: TrialMcpOptions): Promise<Inside> {
  const { user } = task.agent
  const { workdir } = task.environment
  return {
    runner: await sandbox.runner(),
    how: {
      ...(user === undefined ? {} : { user }),
      ...(workdir === undefined ? {} : { workdir }),
    },
  }
}

async function endEarlier({ runner }: Inside, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const earlier = await runner.adopt(id)
    await earlier?.kill('SIGKILL')
    earlier?.abandon()
  }
}
