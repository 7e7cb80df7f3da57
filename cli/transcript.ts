import type { ModelCall } from '../core/model-call.ts'
import { tokens } from './models-table.ts'
import { dollarsText } from './money.ts'
import { secondsText } from './score-text.ts'
import { toolInputLines } from './tool-input-text.ts'
import type { NumberedEvent } from './trial-events.ts'

export interface TranscriptOptions {
  /** Nothing is cut. */
  readonly full: boolean
  /**
   * The calls' own words, by number, for an agent that keeps no log: shown where the call is. Empty
   * for an agent whose events say it.
   */
  readonly spoken?: ReadonlyMap<number, Pick<ModelCall, 'text' | 'reasoning' | 'toolCalls'>>
}

/** Output of tools beyond so many lines is cut in the middle; lines beyond so many characters, at the end. */
const HEAD_LINES = 12
const TAIL_LINES = 8
const LINE_CHARS = 400

/** Tells a trajectory to people, event by event: turns, words, tools with diffs, calls of models. */
export class Transcript {
  readonly #options: TranscriptOptions
  readonly #told = new Set<string>()
  #turn = 0
  #attempt = 0

  constructor(options: TranscriptOptions) {
    this.#options = options
  }

  /** The lines of one more event; none for what is told elsewhere. */
  lines(event: NumberedEvent): string[] {
    if (this.#isRepeated(event)) return []
    const lines = this.#linesOf(event)
    return lines.length === 0 ? [] : [...this.#headings(event), ...lines]
  }

  #headings({ attempt, turn }: NumberedEvent): string[] {
    const headings: string[] = []
    if (attempt !== this.#attempt) {
      headings.push('', `=== attempt ${attempt}`)
      this.#attempt = attempt
      this.#turn = 0
    }
    if (turn !== this.#turn && turn > 0) headings.push('', `--- turn ${turn}`)
    if (turn > 0) this.#turn = turn
    return headings
  }

  /** What a new process of the worker has written again, because the one before may not have. */
  #isRepeated({ kind, turn, attempt, meta }: NumberedEvent): boolean {
    const key = `${attempt} ${turn} ${kind} ${meta.call ?? ''}`
    if (meta.again === true && this.#told.has(key)) return true
    this.#told.add(key)
    return false
  }

  #linesOf(event: NumberedEvent): string[] {
    const { kind, tool, body, meta } = event
    switch (kind) {
      case 'phase':
        return [`· ${tool}${body === '' ? '' : `: ${body}`}`]
      case 'message':
        return block(meta.role === 'user' ? 'to the agent' : 'agent', this.#cut(body))
      case 'tool-call':
        return block(`▸ ${tool}`, this.#cut(toolInputLines(body).join('\n')))
      case 'tool-result':
        return block(`◂ ${[tool, ...resultFacts(meta)].join(', ')}`, this.#cut(body))
      case 'output':
        return block('output', this.#cut(body))
      case 'model-call':
        return [`~ ${callFacts(meta).join(', ')}`, ...this.#spoken(Number(meta.call))]
      case 'model-part':
        return []
      case 'note':
        return block('note', this.#cut(body))
      case 'error':
        return block('error', this.#cut(body))
    }
  }

  #spoken(call: number): string[] {
    const said = this.#options.spoken?.get(call)
    if (said === undefined) return []
    return [
      ...(said.reasoning === '' ? [] : block('thinking', this.#cut(said.reasoning))),
      ...(said.text === '' ? [] : block('agent', this.#cut(said.text))),
      ...said.toolCalls.flatMap(({ name, input }) =>
        block(`▸ ${name}`, this.#cut(toolInputLines(input).join('\n'))),
      ),
    ]
  }

  #cut(text: string): string[] {
    const lines = text.trimEnd().split('\n')
    if (this.#options.full) return lines
    return cutMiddle(lines).map((line) =>
      line.length <= LINE_CHARS
        ? line
        : `${line.slice(0, LINE_CHARS)}… ${line.length - LINE_CHARS} more`,
    )
  }
}

function block(title: string, lines: readonly string[]): string[] {
  return [
    title,
    ...lines.filter((line, index) => index > 0 || line !== '').map((line) => `  ${line}`),
  ]
}

function cutMiddle(lines: readonly string[]): readonly string[] {
  const hidden = lines.length - HEAD_LINES - TAIL_LINES
  if (hidden <= 1) return lines
  return [...lines.slice(0, HEAD_LINES), `… ${hidden} more lines …`, ...lines.slice(-TAIL_LINES)]
}

type Meta = NumberedEvent['meta']

function resultFacts(meta: Meta): string[] {
  const { exitCode, durationMs, timedOut, droppedBytes, failed } = meta
  return [
    ...(typeof exitCode === 'number' ? [`exit ${exitCode}`] : []),
    ...(failed === true ? ['failed'] : []),
    ...(timedOut === true ? ['out of time'] : []),
    ...(typeof durationMs === 'number' ? [timeText(durationMs)] : []),
    ...(typeof droppedBytes === 'number' && droppedBytes > 0 ? [`${droppedBytes} bytes cut`] : []),
  ]
}

function callFacts(meta: Meta): string[] {
  const number = (name: string) => (typeof meta[name] === 'number' ? Number(meta[name]) : null)
  const [input, output] = [number('inputTokens'), number('outputTokens')]
  const cached = number('cachedInputTokens') ?? 0
  const waitedMs = number('waitedMs') ?? 0
  const retries = number('retries') ?? 0
  const read = cached > 0 ? `${tokens(input)} in (${tokens(cached)} cached)` : `${tokens(input)} in`
  return [
    `call ${meta.call} of ${meta.model}`,
    ...(meta.end === 'answered' ? [] : [`${meta.end} (${meta.status})`]),
    input === null ? 'tokens unknown' : `${read}, ${tokens(output)} out`,
    `cost ${dollarsText(number('costMicros'))}`,
    timeText(number('answerMs') ?? 0),
    ...(waitedMs >= 1 ? [`waited ${timeText(waitedMs)}`] : []),
    ...(retries > 0 ? [retries === 1 ? '1 retry' : `${retries} retries`] : []),
  ]
}

const timeText = (ms: number): string =>
  ms < 1_000 ? `${Math.round(ms)} ms` : secondsText(ms / 1_000)
