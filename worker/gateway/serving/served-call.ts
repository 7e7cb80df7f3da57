import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, messageOf } from '../../../core/failure.ts'
import type { Access } from '../access.ts'
import { leastOutput, outputCap, wantsSeveralAnswers } from '../cap-output.ts'
import type {
  Call,
  Dialect,
  HttpAnswer,
  JsonObject,
  Observation,
  Refusal,
} from '../dialects/dialect.ts'
import { estimateInputTokens } from '../estimate-tokens.ts'
import type { GatewayMetrics } from '../gateway-metrics.ts'
import type { PaceTurn } from '../pace/fleet-pace.ts'
import type { Redactor } from '../redactor.ts'
import { pauseMs, type RetryPolicy } from '../retry-policy.ts'
import type { Question } from '../sources/model-source.ts'
import { asProblem, ProviderProblem } from '../sources/provider-problem.ts'
import { type CallCourse, callRecord, type EndedCall, type Ending } from './call-record.ts'
import { CallRecording } from './call-recording.ts'
import { type Funds, reserveFunds } from './funds.ts'
import { type Passed, passOn } from './pass-on.ts'
import type { RequestBody } from './read-body.ts'
import type { Room } from './room.ts'
import { Watchdog } from './watchdog.ts'

const LONGEST_RETRY_AFTER_MS = 5 * 60_000
const GONE = 'the agent has gone'

export interface ServedCallParts {
  readonly access: Access
  readonly dialect: Dialect
  readonly call: Call
  readonly body: RequestBody
  /** The same, parsed; let go of once it has been sent. */
  readonly json: JsonObject
  readonly recordings: Room
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly redactor: Redactor
  readonly retry: RetryPolicy
  readonly metrics: GatewayMetrics
}

/** What one try came to. */
type Tried =
  | { readonly kind: 'passed'; readonly passed: Passed; readonly status: number }
  | { readonly kind: 'failed'; readonly problem: ProviderProblem }
  | { readonly kind: 'fatal'; readonly failure: Failure }

/**
 * One call from its number to its record: limits, budget, pace, provider, answer. Whatever happens,
 * the call is on record before the agent sees the end of its answer.
 */
export class ServedCall {
  readonly #parts: Omit<ServedCallParts, 'json'>
  /** Null after the first try: a long prompt is not held twice while its answer comes. */
  #json: JsonObject | null
  readonly #number: number
  readonly #startedAt = new Date().toISOString()
  readonly #beganAt = performance.now()
  /** Aborted when nobody waits for the answer any more. */
  readonly #gone = new AbortController()
  #waitedMs = 0
  #turnAt: number | null = null
  #firstByteMs: number | null = null
  #retries = 0
  #lost: readonly string[] = []
  readonly #recording: CallRecording
  #ended: EndedCall | null = null

  constructor({ json, ...parts }: ServedCallParts) {
    this.#parts = parts
    this.#json = json
    this.#recording = new CallRecording(parts, parts.recordings)
    this.#number = parts.access.ledger.begin()
  }

  async run(): Promise<void> {
    const { access, response, metrics } = this.#parts
    const leave = () => this.#gone.abort(new Error(GONE))
    response.once('close', leave)
    access.released.addEventListener('abort', leave)
    metrics.openCalls.inc()
    try {
      await this.#serve()
    } catch (error) {
      response.destroy()
      if (!this.#gone.signal.aborted) {
        access.log.error({ reason: this.#clean(messageOf(error)) }, 'a call could not be served')
      }
    } finally {
      metrics.openCalls.dec()
      if (this.#ended !== null) metrics.ended(this.#ended)
      response.off('close', leave)
      access.released.removeEventListener('abort', leave)
    }
  }

  async #serve(): Promise<void> {
    const funds = await this.#begin()
    if (funds === null) return
    try {
      await this.#ask(funds)
    } finally {
      funds.release()
    }
  }

  /** Sets aside what the call may cost; null when it was refused instead. */
  async #begin(): Promise<Funds | null> {
    const { access, call, body } = this.#parts
    const refusal = this.#refusalAtOnce()
    if (refusal !== null) {
      await this.#refuse(refusal)
      return null
    }
    const need = {
      inputTokens: this.#isLimited ? estimateInputTokens(body.text()) : 0,
      outputTokens: call.maxOutputTokens ?? access.parts.maxOutputTokens,
      leastOutputTokens: this.#isLimited ? leastOutput(this.#parsed()) : 1,
    }
    try {
      const funds = await this.#waiting(() => reserveFunds(access, need, this.#gone.signal))
      if (typeof funds !== 'string') return funds
      access.end({ kind: 'budget', message: funds })
      await this.#refuse({ reason: 'budget', message: funds })
    } catch (error) {
      if (this.#gone.signal.aborted) await this.#abandon()
      else await this.#failFor(error instanceof Failure ? error : providerFailed(asProblem(error)))
    }
    return null
  }

  #refusalAtOnce(): Refusal | null {
    const { access, call } = this.#parts
    const { ended } = access
    if (ended !== null) {
      const reason = ended.kind === 'budget' ? 'budget' : 'provider-failed'
      return { reason, message: ended.message }
    }
    if (!access.allows(call.model)) {
      const message = `This key is not for the model "${call.model}" but for "${access.model}".`
      return { reason: 'not-allowed', message }
    }
    if (this.#isLimited && wantsSeveralAnswers(this.#parsed())) {
      const message =
        'Only one answer a call can be asked for where a limit of cost or tokens is set.'
      return { reason: 'bad-request', message }
    }
    return null
  }

  get #isLimited(): boolean {
    const { options, budget, pace } = this.#parts.access.parts
    const { costMicros: dollars, tokens } = options.limits
    return dollars !== null || tokens !== null || budget !== null || pace?.countsTokens === true
  }

  /** Asks until there is an answer or no more hope. */
  async #ask(funds: Funds): Promise<void> {
    const question = this.#question(funds)
    for (let failures = 0; ; ) {
      const tried = await this.#takeTurn(question, funds)
      if (tried.kind === 'fatal') return this.#failFor(tried.failure)
      if (tried.kind === 'passed') return this.#finish(tried, funds)
      if (this.#gone.signal.aborted) {
        // The provider may have begun to think, and charges for it.
        if (this.#turnAt !== null) funds.settle(null)
        return this.#abandon()
      }
      const { problem } = tried
      if (problem.kind !== 'limited') failures += 1
      const pause = this.#pauseBefore(problem, failures)
      if (pause === null) return this.#giveUp(problem)
      this.#retries += 1
      this.#parts.access.log.info(
        { call: this.#number, kind: problem.kind, reason: this.#clean(messageOf(problem)) },
        'a provider is asked again',
      )
      await this.#waiting(() => this.#sleep(pause))
    }
  }

  #question({ outputTokens }: Funds): Question {
    const { access, dialect, call, body, request } = this.#parts
    const { trial, attempt } = access.parts.options
    const isCapped =
      this.#isLimited && (call.maxOutputTokens === null || outputTokens < call.maxOutputTokens)
    const cap = isCapped ? outputCap(dialect.name, this.#parsed(), outputTokens) : {}
    const name = `${trial}:${attempt}:${this.#number}`
    return {
      dialect,
      call: isCapped ? { ...call, maxOutputTokens: outputTokens } : call,
      number: this.#number,
      text: body.text,
      body: () => {
        const json = this.#parsed()
        this.#json = null
        return { ...json, ...cap }
      },
      bytesWith: (members) => body.bytesWith({ ...cap, ...members }),
      headers: request.headers,
      idempotencyKey: createHash('sha256').update(name).digest('hex').slice(0, 32),
    }
  }

  #parsed(): JsonObject {
    return this.#json ?? this.#parts.body.json()
  }

  async #takeTurn(question: Question, { outputTokens }: Funds): Promise<Tried> {
    const { access, body } = this.#parts
    const { pace } = access.parts
    const tokens = pace?.countsTokens === true ? estimateInputTokens(body.text()) + outputTokens : 0
    let turn: PaceTurn | null = null
    try {
      turn = pace === null ? null : await this.#waiting(() => pace.turn(tokens, this.#gone.signal))
    } catch (error) {
      return { kind: 'failed', problem: asProblem(error) }
    }
    const tried = await this.#try(question)
    if (tried.kind === 'failed' && tried.problem.kind === 'limited') {
      turn?.refused(tried.problem.retryAfterMs ?? 0)
    }
    turn?.end(tried.kind === 'passed' ? tokensOf(tried.passed.observation) : null)
    return tried
  }

  async #try(question: Question): Promise<Tried> {
    const { access, dialect, response, redactor, retry } = this.#parts
    const { silenceMs, firstByteMs, wholeAnswerMs } = retry
    const watchdog = new Watchdog(question.call.stream ? firstByteMs : wholeAnswerMs)
    const leave = () => watchdog.abort(this.#gone.signal.reason)
    this.#gone.signal.addEventListener('abort', leave)
    if (this.#gone.signal.aborted) leave()
    access.ledger.answering.enter()
    const turnAt = performance.now()
    this.#turnAt = turnAt
    this.#firstByteMs = null
    try {
      const source = access.parts.source(dialect.name)
      const answer = await source.ask(question, watchdog.signal)
      this.#lost = answer.lost
      const passed = await passOn(answer, {
        dialect,
        call: question.call,
        response,
        headers: this.#ownHeaders(),
        redactor,
        heard: () => {
          this.#firstByteMs ??= Math.round(performance.now() - turnAt)
          watchdog.feed(silenceMs)
        },
        begun: () => this.#recording.answerBegan(),
      })
      if (passed.hasBegun || passed.problem === null) {
        return { kind: 'passed', passed, status: answer.status }
      }
      return failedOr(passed.problem, watchdog)
    } catch (error) {
      return failedOr(error, watchdog)
    } finally {
      access.ledger.answering.leave()
      watchdog.stop()
      this.#gone.signal.removeEventListener('abort', leave)
    }
  }

  /** The agent has an answer but for its last words: settles, records, and only then says them. */
  async #finish({ passed, status }: Tried & { kind: 'passed' }, funds: Funds): Promise<void> {
    const { access, response, retry } = this.#parts
    const { observation, problem, body, sendRest } = passed
    if (status >= 400) {
      funds.release()
      await this.#record({ end: 'refused', problem: body, status, body })
      await sendRest()
      response.end()
      return
    }
    funds.settle(observation?.usage ?? null)
    if (problem === null) {
      access.cuts = 0
      await this.#record({ end: 'answered', problem: '', status, body, observation })
      await sendRest()
      response.end()
      return
    }
    if (this.#gone.signal.aborted) {
      await this.#record({ end: 'abandoned', problem: GONE, status, body, observation })
      return
    }
    access.cuts += 1
    if (problem.cause instanceof Failure) access.fail(problem.cause)
    if (access.cuts >= retry.cutsInRow) access.fail(providerFailed(problem))
    const why = this.#clean(messageOf(problem))
    await this.#record({ end: 'failed', problem: why, status, body, observation })
    // An error of the vendor's own ends the stream in the vendor's words; what breaks off, breaks off.
    if (observation === null || observation.vendorError === null) {
      response.destroy()
      return
    }
    await sendRest()
    response.end()
  }

  /** How long to wait before asking again; null when there is no point in it. */
  #pauseBefore(problem: ProviderProblem, failures: number): number | null {
    const { retry } = this.#parts
    if (problem.kind === 'key-refused' || problem.kind === 'unpaid') return null
    if (problem.kind === 'bad-request' || failures >= retry.tries) return null
    const asked = Math.min(problem.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS)
    const pause = Math.max(asked, pauseMs(Math.max(1, failures), retry))
    const spentMs = performance.now() - this.#beganAt
    return spentMs + pause > retry.patienceMs ? null : pause
  }

  async #giveUp(problem: ProviderProblem): Promise<void> {
    const message = this.#clean(messageOf(problem))
    if (problem.kind === 'bad-request') {
      await this.#refuse({ reason: 'bad-request', message }, { end: 'refused' })
      return
    }
    if (problem.kind === 'key-refused' || problem.kind === 'unpaid') {
      await this.#failFor(new Failure('model.key-refused', message))
      return
    }
    await this.#failFor(providerFailed(problem), problem.kind === 'limited')
  }

  /** No answer for the agent, and none to any later call: a fault that is not its own. */
  async #failFor(failure: Failure, isLimited = false): Promise<void> {
    if (failure.code === 'input.invalid') {
      await this.#refuse({ reason: 'bad-request', message: failure.message })
      return
    }
    const message = this.#clean(messageOf(failure))
    this.#parts.access.fail(new Failure(failure.code, message))
    const reason = isLimited ? 'provider-overloaded' : 'provider-failed'
    await this.#refuse({ reason, message }, { end: 'failed' })
  }

  async #refuse(
    refusal: Refusal,
    { end }: { end: 'refused' | 'failed' } = { end: 'refused' },
  ): Promise<void> {
    const answer = this.#parts.dialect.refuse(refusal)
    const { status, body } = answer
    await this.#record({ end, problem: refusal.message, status, body })
    sendAnswer(this.#parts.response, answer, this.#ownHeaders())
  }

  async #abandon(): Promise<void> {
    await this.#record({ end: 'abandoned', problem: GONE, status: 0, body: '' })
  }

  async #record(ending: Ending): Promise<void> {
    this.#ended = callRecord(this.#parts, ending, this.#course())
    await this.#recording.end(this.#ended)
  }

  #course(): CallCourse {
    const turnAt = this.#turnAt
    return {
      number: this.#number,
      startedAt: this.#startedAt,
      waitedMs: Math.round(this.#waitedMs),
      firstByteMs: this.#firstByteMs,
      answerMs: turnAt === null ? 0 : Math.round(performance.now() - turnAt),
      retries: this.#retries,
      lost: this.#lost,
    }
  }

  #ownHeaders(): Record<string, string> {
    const lost = this.#lost.map(encodeURI).join(', ')
    return {
      'x-sbench-call': `${this.#number}`,
      ...(lost === '' ? {} : { 'x-sbench-lost': lost }),
    }
  }

  #clean(text: string): string {
    return this.#parts.redactor.text(text)
  }

  /** Time that is not the agent's. */
  async #waiting<Result>(work: () => Promise<Result>): Promise<Result> {
    const { waiting } = this.#parts.access.ledger
    const from = performance.now()
    waiting.enter()
    try {
      return await work()
    } finally {
      waiting.leave()
      this.#waitedMs += performance.now() - from
    }
  }

  async #sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#gone.signal }).catch(() => undefined)
  }
}

export function sendAnswer(
  response: ServerResponse,
  { status, headers, body }: HttpAnswer,
  own: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) response.destroy()
  else response.writeHead(status, { ...headers, ...own }).end(body)
}

function failedOr(error: unknown, watchdog: Watchdog): Tried {
  if (error instanceof Failure) return { kind: 'fatal', failure: error }
  if (error instanceof ProviderProblem && error.cause instanceof Failure) {
    return { kind: 'fatal', failure: error.cause }
  }
  const { signal } = watchdog
  return { kind: 'failed', problem: asProblem(signal.aborted ? signal.reason : error) }
}

function providerFailed(problem: ProviderProblem): Failure {
  return new Failure('model.provider-failed', messageOf(problem))
}

function tokensOf(observation: Observation | null): number | null {
  const usage = observation?.usage ?? null
  return usage === null ? null : usage.inputTokens + usage.outputTokens
}
