import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { absoluteRow, addedRow, type Bench, type BenchRow, quantile } from './bench.ts'

/** Enough for a 99th percentile that is not the worst but one. */
const CALLS = 2_000
const MORE_CALLS = 640
const ROUNDS = 5
/** A gateway lives as long as its node: what is measured has been compiled. */
const WARM_CALLS = 2_000
const MORE_WARM_CALLS = 320
/** What the provider takes for a slow answer. */
const STREAM_MS = 500
const STREAMS = 64
const MEGABYTE = 1024 * 1024

/** What the gateway costs a call, against the same fake provider asked directly. */
export const bench: Bench = {
  name: 'gateway',
  async run() {
    await using provider = await Process.start('fake-provider-process.ts', [])
    const rows: BenchRow[] = []
    {
      await using recorded = await Process.start('gateway-process.ts', [provider.url, 'on'])
      await using unrecorded = await Process.start('gateway-process.ts', [provider.url, 'off'])
      const subjects = { direct: provider, recorded, unrecorded }
      for (const load of [
        { parallel: 1, calls: CALLS, warmCalls: WARM_CALLS },
        { parallel: 32, calls: MORE_CALLS, warmCalls: MORE_WARM_CALLS },
      ]) {
        rows.push(...(await latencyRows(subjects, load)))
      }
    }
    rows.push(await memoryRow(provider))
    return rows
  },
}

const NAMES = { first: 'first byte', whole: 'whole call' } as const

interface Subjects {
  readonly direct: Process
  readonly recorded: Process
  readonly unrecorded: Process
}

interface Load {
  /** Calls at a time. */
  readonly parallel: number
  readonly calls: number
  readonly warmCalls: number
}

/** Subjects take turns call by call, so that the machine's moods meet all of them alike. */
async function latencyRows(
  { direct, recorded, unrecorded }: Subjects,
  { parallel, calls, warmCalls }: Load,
): Promise<BenchRow[]> {
  const subjects = [direct, recorded, unrecorded]
  for (const subject of subjects) await measure(subject, { parallel, calls: warmCalls })
  const times = new Map(
    subjects.map((subject) => [subject, { first: [] as number[], whole: [] as number[] }]),
  )
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const subject of subjects) {
      const measured = await measure(subject, { parallel, calls: calls / ROUNDS })
      times.get(subject)?.first.push(...measured.first)
      times.get(subject)?.whole.push(...measured.whole)
    }
  }
  const at = (subject: Process, what: 'first' | 'whole', share: number) =>
    quantile(times.get(subject)?.[what] ?? [], share)
  const streams = `${parallel} stream${parallel === 1 ? '' : 's'}`
  const added = (what: 'first' | 'whole', share: number, most: number) =>
    addedRow(`gateway, ${NAMES[what]}, ${streams}, p${share * 100}`, {
      ours: at(recorded, what, share),
      anchor: at(direct, what, share),
      unit: 'ms',
      most,
    })
  const recording = (what: 'first' | 'whole') =>
    addedRow(`recording, ${NAMES[what]}, ${streams}, p50`, {
      ours: at(recorded, what, 0.5),
      anchor: at(unrecorded, what, 0.5),
      unit: 'ms',
      most: 1,
    })
  return [
    added('first', 0.5, 2),
    added('first', 0.99, 10),
    added('whole', 0.5, 2),
    added('whole', 0.99, 10),
    recording('first'),
    recording('whole'),
  ]
}

/**
 * One call after another, or many side by side. Streams that come side by side last for half a second
 * each, as those of models last for many, and begin one after the other: what is measured is a busy
 * gateway, not a full machine.
 */
async function measure(
  subject: Process,
  { parallel, calls }: Omit<Load, 'warmCalls'>,
): Promise<{ first: number[]; whole: number[] }> {
  const first: number[] = []
  const whole: number[] = []
  const agent = new Agent({ keepAlive: true, maxSockets: parallel })
  let left = calls
  const worker = async (_: unknown, number: number) => {
    await sleep((number * STREAM_MS) / parallel)
    while (left > 0) {
      left -= 1
      const from = performance.now()
      const answer = await ask(subject, agent, parallel === 1 ? PROMPT : `slow ${PROMPT}`)
      const ended = once(answer, 'end')
      answer.once('data', () => first.push(performance.now() - from))
      await ended
      whole.push(performance.now() - from)
    }
  }
  await Promise.all(Array.from({ length: parallel }).map(worker))
  agent.destroy()
  return { first, whole }
}

/** 64 streams that have begun and do not end, each with a prompt of a megabyte of its own. */
async function memoryRow(provider: Process): Promise<BenchRow> {
  await using gateway = await Process.start('gateway-process.ts', [provider.url, 'on'])
  const agent = new Agent({ keepAlive: true })
  const begun = await Promise.all(
    Array.from({ length: STREAMS }, async (_, index) => {
      const answer = await ask(gateway, agent, `hold ${index} ${'x'.repeat(MEGABYTE)}`)
      const ended = once(answer, 'end')
      await once(answer, 'data')
      return { ended }
    }),
  )
  provider.tell('go')
  await Promise.all(begun.map(({ ended }) => ended))
  const { peakBytes } = await gateway.ask('memory')
  agent.destroy()
  const what = `gateway's peak memory, ${STREAMS} open streams, prompts of 1 MB`
  return absoluteRow(what, { ours: peakBytes / MEGABYTE, unit: 'MB', most: 300 })
}

const PROMPT = 'word '.repeat(800)

function ask(subject: Process, agent: Agent, content: string): Promise<IncomingMessage> {
  const body = JSON.stringify({
    model: 'model',
    max_tokens: 1_000,
    stream: true,
    messages: [{ role: 'user', content }],
  })
  const headers = {
    'content-type': 'application/json',
    'x-api-key': subject.nextKey(),
    'content-length': Buffer.byteLength(body),
  }
  return new Promise((resolve, reject) => {
    request(`${subject.url}/v1/messages`, { method: 'POST', agent, headers }, resolve)
      .once('error', reject)
      .end(body)
  })
}

interface Hello {
  readonly url: string
  readonly keys: readonly string[]
}

/** A process of the bench's own, which says where it listens. */
class Process implements AsyncDisposable {
  readonly url: string
  readonly #keys: readonly string[]
  readonly #child: ChildProcess
  #asked = 0

  private constructor(child: ChildProcess, { url, keys }: Hello) {
    this.#child = child
    this.url = url
    this.#keys = keys
  }

  /** Calls are spread over several trials, as on a node. */
  nextKey(): string {
    this.#asked += 1
    return this.#keys[this.#asked % this.#keys.length] ?? ''
  }

  static async start(file: string, args: readonly string[]): Promise<Process> {
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), args)
    const [hello] = await once(child, 'message')
    return new Process(child, hello as Hello)
  }

  tell(message: string): void {
    this.#child.send(message)
  }

  async ask(message: string): Promise<{ readonly peakBytes: number }> {
    const answered = once(this.#child, 'message')
    this.tell(message)
    const [answer] = await answered
    return answer as { peakBytes: number }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.tell('stop')
    await ended
  }
}
