import type { ModelCall } from '../../../core/model-call.ts'
import type { Access } from '../access.ts'
import { costMicros } from '../cost.ts'
import type { Call, Dialect, Observation } from '../dialects/dialect.ts'
import type { Redactor } from '../redactor.ts'
import type { RequestBody } from './read-body.ts'

const PROBLEM_CHARS = 500

/** How a call ended for its agent. */
export interface Ending {
  readonly end: ModelCall['end']
  /** Empty for a call that was answered. */
  readonly problem: string
  readonly status: number
  readonly body: string
  readonly observation?: Observation | null
}

/** Whose call it is, and what was asked. */
export interface CallOrigin {
  readonly access: Access
  readonly dialect: Dialect
  readonly call: Call
  readonly body: RequestBody
  readonly redactor: Redactor
}

export type CallCourse = Pick<
  ModelCall,
  'startedAt' | 'waitedMs' | 'firstByteMs' | 'answerMs' | 'retries' | 'lost'
> & { readonly number: number }

/** All of a call but its request, which is on record before. */
export type EndedCall = Omit<ModelCall, 'request'>

/** A call as it is recorded, with no secret in it. */
export function callRecord(
  { access, dialect, call, redactor }: CallOrigin,
  { end, problem, status, body: said, observation = null }: Ending,
  { number, ...course }: CallCourse,
): EndedCall {
  const usage = observation?.usage ?? null
  return {
    call: number,
    dialect: dialect.name,
    providerDialect: access.parts.source(dialect.name).dialect,
    modelAsked: call.model,
    model: access.fullModel,
    modelAnswered: observation?.model ?? null,
    stream: call.stream,
    end,
    problem: redactor.text(problem).slice(0, PROBLEM_CHARS),
    status,
    ...course,
    usage,
    costMicros: costMicros(usage, access.parts.price),
    finishReason: observation?.finishReason ?? '',
    text: observation?.text ?? '',
    reasoning: observation?.reasoning ?? '',
    toolCalls: observation?.toolCalls ?? [],
    response: redactor.text(said),
  }
}
