import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { messageOf } from '../../../core/failure.ts'
import type { Access } from '../access.ts'
import type { Call, Dialect } from '../dialects/dialect.ts'
import { estimateInputTokens } from '../estimate-tokens.ts'
import type { Redactor } from '../redactor.ts'
import type { RequestBody } from './read-body.ts'
import { sendAnswer } from './served-call.ts'

const PATIENCE_MS = 10_000

export interface CountRequest {
  readonly access: Access
  readonly dialect: Dialect
  readonly call: Call
  readonly body: RequestBody
  readonly headers: IncomingHttpHeaders
  readonly response: ServerResponse
  readonly redactor: Redactor
}

/**
 * How many tokens a prompt has: the provider's own word where it speaks the agent's dialect, else
 * an estimate that is rather too high. Costs nothing and is no call.
 */
export async function answerCount(count: CountRequest): Promise<void> {
  const { access, dialect, call, body: asked, response } = count
  if (!access.allows(call.model)) {
    const message = `This key is not for the model "${call.model}" but for "${access.model}".`
    return sendAnswer(response, dialect.refuse({ reason: 'not-allowed', message }))
  }
  const body = (await askProvider(count)) ?? dialect.writeCount(estimateInputTokens(asked.text()))
  sendAnswer(response, { status: 200, headers: { 'content-type': 'application/json' }, body })
}

async function askProvider(count: CountRequest): Promise<string | null> {
  const { access, dialect, call, body, headers, redactor } = count
  const source = access.parts.source(dialect.name)
  if (source.dialect !== dialect.name) return null
  const { text, json, bytesWith } = body
  const question = { dialect, call, number: 0, text, body: json, bytesWith, headers }
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const answer = await source.ask({ ...question, idempotencyKey: '' }, signal)
    const pieces: Uint8Array[] = []
    for await (const piece of answer.body) pieces.push(piece)
    return answer.status === 200 ? redactor.text(Buffer.concat(pieces).toString('utf8')) : null
  } catch (error) {
    access.log.debug({ reason: redactor.text(messageOf(error)) }, 'tokens are estimated instead')
    return null
  }
}
