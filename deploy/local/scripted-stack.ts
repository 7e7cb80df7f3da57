import { onTestFinished } from 'vitest'
import type { Part } from './part.ts'
import { scratchFolder } from './scratch-folder.ts'
import { down } from './stack.ts'
import { natsPart, type StackLayout, temporalPart } from './stack-parts.ts'
import { type Stack, type UpOptions, up } from './up.ts'

/** A part's process in a line of JavaScript; `ready` opens its readiness page. */
export type Script = string

const READY = `const ready = () => require('node:http').createServer((_, answer) => answer.end('ok')).listen(+process.env.PORT, '127.0.0.1')`

export const behaved: Script = 'ready()'
/** Ignores SIGTERM. */
export const stubborn: Script = "process.on('SIGTERM', () => {}); ready()"
/** Runs, but never opens its port. */
export const waiting: Script = 'setInterval(() => {}, 1_000)'
/** Ends at once, with last words. */
export const broken: Script = "console.error('no luck today'); process.exit(3)"

/** A stack of scripted processes, by name, over the real servers of `stores`. */
export function scriptedLayout(
  scripts: Readonly<Record<string, Script>>,
  stores: readonly ('temporal' | 'nats')[] = [],
): StackLayout {
  const makers = { temporal: temporalPart, nats: natsPart }
  const programs = { temporal: 'temporal', nats: 'nats-server' } as const
  const storePorts = {
    temporal: ['temporal', 'temporal-http', 'temporal-metrics'],
    nats: ['nats', 'nats-monitor'],
  }
  return {
    portNames: () => [...stores.flatMap((name) => storePorts[name]), ...Object.keys(scripts)],
    binaryNames: () => stores.map((name) => programs[name]),
    needsDocker: () => false,
    parts: (plan) => [
      ...stores.map((name) => makers[name](plan)),
      ...Object.entries(scripts).map(([name, script]): Part => {
        const port = plan.ports[name] ?? 0
        return {
          name,
          wave: 1,
          command: process.execPath,
          args: ['-e', `${READY}; ${script}`],
          env: { PORT: `${port}` },
          files: {},
          ready: { tcp: { host: '127.0.0.1', port } },
          port,
          stopGraceMs: 1_000,
        }
      }),
    ],
  }
}

export interface ScriptedHome {
  readonly home: string
  start(layout: StackLayout, options?: Partial<UpOptions>): Promise<Stack>
}

/** A state folder of its own for one test, with nothing of it running after the test. */
export async function scriptedHome(): Promise<ScriptedHome> {
  const home = await scratchFolder()
  onTestFinished(async () => {
    await down(home)
  })
  return {
    home,
    start: (layout, options = {}) =>
      up({
        home,
        layout,
        install: false,
        say: () => undefined,
        readyTimeoutMs: 20_000,
        environment: process.env,
        ...options,
      }),
  }
}
