import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Call, Dialect, Observation } from '../dialects/dialect.ts'
import type { Redactor } from '../redactor.ts'
import type { Answer } from '../sources/model-source.ts'
import { asProblem, ProviderProblem } from '../sources/provider-problem.ts'

export interface PassOptions {
  readonly dialect: Dialect
  readonly call: Call
  readonly response: ServerResponse
  /** Of our own, sent along with the provider's. */
  readonly headers: Readonly<Record<string, string>>
  readonly redactor: Redactor
  /** Bytes came from the provider. */
  readonly heard: () => void
  /** The agent has the first part of a stream. */
  readonly begun: () => void
}

/** What became of one answer. */
export interface Passed {
  /** What the agent got, or would have got if it had not been held back. */
  readonly body: string
  readonly observation: Observation | null
  /** The agent has a part of it: it can no longer be tried again unseen. */
  readonly hasBegun: boolean
  /** Gives the agent what was held back. */
  readonly sendRest: () => Promise<void>
  /** Null when the answer is whole. */
  readonly problem: ProviderProblem | null
}

/**
 * Passes an answer on. A stream goes through as it comes, but for its last words: an agent goes on when
 * it has them, whatever the connection does, and the call must be on record first. An answer that comes
 * as one piece is held whole, also so that another can be asked for in its place.
 */
export async function passOn(answer: Answer, options: PassOptions): Promise<Passed> {
  const { dialect, call, redactor, heard, begun } = options
  const isAnswer = answer.status < 400
  const isHeld = !call.stream || !isAnswer
  const observer = isAnswer ? dialect.observe(call) : null
  const clean = redactor.stream()
  const pieces: Uint8Array[] = []
  const rest: Uint8Array[] = []
  let hasBegun = false
  let problem: ProviderProblem | null = null

  const take = async (piece: Uint8Array): Promise<void> => {
    if (piece.length === 0) return
    pieces.push(piece)
    if (!isHeld && !hasBegun) refuseEarlyError(piece, options)
    observer?.push(piece)
    if (isHeld || observer?.isFinished === true) {
      rest.push(piece)
      return
    }
    const sent = send(answer, piece, options)
    if (!hasBegun) begun()
    hasBegun = true
    await sent
  }
  try {
    for await (const raw of answer.body) {
      heard()
      await take(clean.push(raw))
    }
    await take(clean.end())
  } catch (error) {
    problem = asProblem(error)
  }
  const observation = observer?.end() ?? null
  problem ??= problemSeen(observation)
  const sendRest = async () => {
    for (const piece of rest) await send(answer, piece, options)
  }
  const body = Buffer.concat(pieces).toString('utf8')
  return { body, observation, hasBegun, sendRest, problem }
}

/** A stream whose first words are an error has not begun: nobody needs to know of it. */
function refuseEarlyError(first: Uint8Array, { dialect, call }: PassOptions): void {
  // In every dialect an error says so; nearly every answer is spared the reading.
  if (!Buffer.from(first.buffer, first.byteOffset, first.length).includes('error')) return
  const observer = dialect.observe(call)
  observer.push(first)
  const { vendorError } = observer.end()
  if (vendorError !== null) throw new ProviderProblem('overloaded', describe(vendorError))
}

function problemSeen(observation: Observation | null): ProviderProblem | null {
  if (observation === null) return null
  const { vendorError, complete, problem } = observation
  if (vendorError !== null) return new ProviderProblem('overloaded', describe(vendorError))
  return complete ? null : new ProviderProblem('broken', `The answer is not whole: ${problem}`)
}

function describe({ type, message }: { readonly type: string; readonly message: string }): string {
  return `The provider ended its answer with an error (${type}): ${message}`
}

async function send(
  { status, headers }: Answer,
  piece: Uint8Array,
  { response, headers: own }: PassOptions,
): Promise<void> {
  if (!response.headersSent) response.writeHead(status, { ...headers, ...own })
  if (response.write(piece) || response.destroyed) return
  await Promise.race([once(response, 'drain'), once(response, 'close')])
}
