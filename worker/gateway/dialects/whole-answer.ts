import type { TokenUsage } from '../../../core/model-call.ts'
import { type AnswerBlock, answerEvents, type FinishReason } from './answer-events.ts'
import type { ProviderMetadata } from './carried-metadata.ts'
import type { CanonicalPart, Refusal } from './dialect.ts'

export interface WholeBlock {
  readonly block: AnswerBlock
  readonly text: string
  readonly metadata: ProviderMetadata
}

/** An answer that is not streamed. */
export interface WholeAnswer {
  readonly id: string | null
  readonly model: string | null
  readonly blocks: readonly WholeBlock[]
  readonly reason: FinishReason
  readonly usage: TokenUsage | null
}

/** Waits for the end of an answer; a refusal when an error came in place of it. */
export async function wholeAnswer(
  parts: AsyncIterable<CanonicalPart>,
): Promise<{ readonly answer: WholeAnswer } | { readonly refusal: Refusal }> {
  const blocks: WholeBlock[] = []
  let start: { id: string | null; model: string | null } = { id: null, model: null }
  let text = ''
  for await (const event of answerEvents(parts)) {
    switch (event.type) {
      case 'start':
        start = { id: event.id, model: event.model }
        break
      case 'open':
        text = ''
        break
      case 'delta':
        text += event.text
        break
      case 'close':
        blocks.push({ block: event.block, text, metadata: event.metadata })
        break
      case 'finish':
        return { answer: { ...start, blocks, reason: event.reason, usage: event.usage } }
      case 'error':
        return { refusal: event.refusal }
      case 'ping':
        break
    }
  }
  throw new Error('an answer ended without its last event')
}
