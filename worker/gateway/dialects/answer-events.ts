import type { TokenUsage } from '../../../core/model-call.ts'
import { refusalOf } from './answer-error.ts'
import { isWorthCarrying, mergeMetadata, type ProviderMetadata } from './carried-metadata.ts'
import type { CanonicalPart, Refusal } from './dialect.ts'
import { usageOf } from './usage.ts'

export type FinishReason = Extract<CanonicalPart, { type: 'finish' }>['finishReason']['unified']

export type AnswerBlock =
  | { readonly kind: 'text' }
  | { readonly kind: 'reasoning' }
  | { readonly kind: 'tool'; readonly id: string; readonly name: string }

/**
 * An answer in the order in which every vendor sends one: block after block, none inside of another.
 * Begins with `start` and ends with `finish` or `error`.
 */
export type AnswerEvent =
  | { readonly type: 'start'; readonly id: string | null; readonly model: string | null }
  | { readonly type: 'ping' }
  | {
      readonly type: 'open'
      readonly block: AnswerBlock
      /** As far as it is known when the block begins. */
      readonly metadata: ProviderMetadata
      /** No text will follow: all there is of it is its metadata. */
      readonly isEmpty: boolean
    }
  | { readonly type: 'delta'; readonly block: AnswerBlock; readonly text: string }
  | {
      readonly type: 'close'
      readonly block: AnswerBlock
      readonly metadata: ProviderMetadata
      readonly isEmpty: boolean
    }
  | {
      readonly type: 'finish'
      readonly reason: FinishReason
      /** Null when the provider did not count. */
      readonly usage: TokenUsage | null
    }
  | { readonly type: 'error'; readonly refusal: Refusal }

interface Pending {
  readonly block: AnswerBlock
  /** The part's id in the stream that it comes from. */
  readonly id: string
  /** Not sent on yet. */
  unsent: string
  /** Sent on: only ever appended to, since to look inside costs its length. */
  sent: string
  metadata: ProviderMetadata
  isOpen: boolean
  isDone: boolean
}

/**
 * Puts the parts of an answer in order. Providers interleave them (a text that stays open while tools
 * are called, several tool calls at once); what comes out of turn waits until the block before it is
 * closed, so that nothing is held up but what has to be.
 */
export async function* answerEvents(
  parts: AsyncIterable<CanonicalPart>,
): AsyncGenerator<AnswerEvent> {
  const blocks = orderedBlocks()
  let isStarted = false
  for await (const part of parts) {
    if (!isStarted && part.type !== 'stream-start' && part.type !== 'raw') {
      isStarted = true
      const { id = null, modelId = null } =
        part.type === 'response-metadata' ? part : { id: null, modelId: null }
      yield { type: 'start', id, model: modelId }
    }
    switch (part.type) {
      case 'ping':
        yield { type: 'ping' }
        break
      case 'error':
        yield { type: 'error', refusal: refusalOf(part.error) }
        return
      case 'finish': {
        blocks.closeAll()
        yield* blocks.ready()
        const reason = part.finishReason.unified
        if (reason === 'error' || reason === 'interrupted') {
          yield { type: 'error', refusal: endedEarly(part.finishReason.raw) }
          return
        }
        const isCall = reason === 'stop' && blocks.hadTool()
        yield { type: 'finish', reason: isCall ? 'tool-calls' : reason, usage: usageOf(part.usage) }
        return
      }
      default:
        blocks.take(part)
        yield* blocks.ready()
    }
  }
  if (!isStarted) yield { type: 'start', id: null, model: null }
  yield { type: 'error', refusal: endedEarly(undefined) }
}

function endedEarly(raw: string | undefined): Refusal {
  const detail = raw === undefined ? '' : ` (${raw})`
  return {
    reason: 'provider-failed',
    message: `the model's answer ended before it was whole${detail}`,
  }
}

function orderedBlocks() {
  const waiting: Pending[] = []
  const begun = new Map<string, ProviderMetadata>()
  let hadTool = false

  function push(block: AnswerBlock, id: string, metadata: ProviderMetadata = {}): Pending {
    const before = waiting.at(-1)
    // A tool's call ends with its own part; text and reasoning end where something else begins.
    if (before !== undefined && before.block.kind !== 'tool') before.isDone = true
    const pending = { block, id, unsent: '', sent: '', metadata, isOpen: false, isDone: false }
    waiting.push(pending)
    return pending
  }

  function find(kind: AnswerBlock['kind'], id: string): Pending | undefined {
    return waiting.findLast((one) => one.block.kind === kind && one.id === id)
  }

  function addText(kind: 'text' | 'reasoning', id: string, delta: string): Pending {
    const last = waiting.at(-1)
    const isLast = last?.block.kind === kind && last.id === id && !last.isDone
    const pending = isLast ? last : push({ kind }, id, begun.get(`${kind} ${id}`))
    pending.unsent += delta
    return pending
  }

  function note(text: string): void {
    const pending = push({ kind: 'text' }, 'note')
    pending.unsent = text
    pending.isDone = true
  }

  return {
    hadTool: () => hadTool,

    take(part: CanonicalPart): void {
      switch (part.type) {
        case 'text-start':
          begun.set(`text ${part.id}`, part.providerMetadata ?? {})
          return
        case 'text-delta': {
          const pending = addText('text', part.id, part.delta)
          pending.metadata = mergeMetadata(pending.metadata, part.providerMetadata)
          return
        }
        case 'text-end': {
          const pending = find('text', part.id)
          if (pending === undefined) return
          pending.metadata = mergeMetadata(pending.metadata, part.providerMetadata)
          pending.isDone = true
          return
        }
        case 'reasoning-start':
          begun.set(`reasoning ${part.id}`, part.providerMetadata ?? {})
          return
        case 'reasoning-delta': {
          const pending = addText('reasoning', part.id, part.delta)
          pending.metadata = mergeMetadata(pending.metadata, part.providerMetadata)
          return
        }
        case 'reasoning-end': {
          const pending = find('reasoning', part.id) ?? addText('reasoning', part.id, '')
          pending.metadata = mergeMetadata(pending.metadata, part.providerMetadata)
          pending.isDone = true
          return
        }
        case 'tool-input-start': {
          if (part.providerExecuted) return
          hadTool = true
          push(
            { kind: 'tool', id: part.id, name: part.toolName },
            part.id,
            part.providerMetadata ?? {},
          )
          return
        }
        case 'tool-input-delta': {
          const pending = find('tool', part.id)
          if (pending !== undefined) pending.unsent += part.delta
          return
        }
        case 'tool-call': {
          if (part.providerExecuted) return
          hadTool = true
          const { toolCallId: id, toolName: name, input } = part
          const pending = find('tool', id) ?? push({ kind: 'tool', id, name }, id)
          // Whole at last, and what was sent on already has to be its beginning.
          if (input.startsWith(pending.sent)) pending.unsent = input.slice(pending.sent.length)
          pending.metadata = mergeMetadata(pending.metadata, part.providerMetadata)
          pending.isDone = true
          return
        }
        case 'file':
          note(`[${part.mediaType}: a file that cannot be carried over]`)
          return
        case 'tool-input-end':
        case 'tool-result':
        case 'tool-approval-request':
        case 'custom':
        case 'source':
        case 'reasoning-file':
        case 'stream-start':
        case 'response-metadata':
        case 'raw':
        case 'ping':
        case 'finish':
        case 'error':
          return
      }
    },

    closeAll(): void {
      for (const one of waiting) one.isDone = true
    },

    *ready(): Generator<AnswerEvent> {
      for (let head = waiting[0]; head !== undefined; head = waiting[0]) {
        const { block } = head
        if (!head.isOpen) {
          const isNothing = block.kind !== 'tool' && head.unsent === ''
          if (isNothing && !head.isDone) return
          if (isNothing && (block.kind === 'text' || !isWorthCarrying(head.metadata))) {
            waiting.shift()
            continue
          }
          head.isOpen = true
          yield { type: 'open', block, metadata: head.metadata, isEmpty: isNothing }
        }
        if (head.unsent !== '') {
          yield { type: 'delta', block, text: head.unsent }
          head.sent += head.unsent
          head.unsent = ''
        }
        if (!head.isDone) return
        yield { type: 'close', block, metadata: head.metadata, isEmpty: head.sent === '' }
        waiting.shift()
      }
    },
  }
}
