import { Failure } from '../../../core/failure.ts'
import type { ModelCall } from '../../../core/model-call.ts'
import type { ModelSource } from './model-source.ts'
import { firstDifference, normaliseRequest } from './normalise-request.ts'

/**
 * Recorded answers, byte for byte, to the same requests in the same order; calls that were made
 * side by side may come in another. Calls that failed or were given up then are left out: the agent
 * did not build on them.
 */
export function replaySource(recording: readonly ModelCall[]): ModelSource {
  const left = recording
    .filter(({ end }) => end === 'answered' || end === 'refused')
    .map((recorded) => ({ recorded, request: normaliseRequest(recorded.request) }))
  return {
    dialect: 'replay',
    async ask({ dialect, call, number, text }) {
      const request = normaliseRequest(text())
      const index = left.findIndex((candidate) => candidate.request === request)
      if (index === -1) throw differs(number, left[0] ?? null, request)
      const [found] = left.splice(index, 1)
      if (found === undefined) throw differs(number, null, request)
      const { status, response, lost } = found.recorded
      const type = status === 200 ? dialect.contentType(call) : 'application/json'
      return { status, headers: { 'content-type': type }, body: bytesOf(response), lost }
    },
  }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

function differs(
  number: number,
  next: { readonly recorded: ModelCall; readonly request: string } | null,
  request: string,
): Failure {
  const why =
    next === null
      ? 'the recording has no more calls'
      : `recorded call ${next.recorded.call} is another: ${firstDifference(next.request, request)}`
  return new Failure('replay.differs', `Call ${number} is not as it was recorded: ${why}`, {
    facts: { call: number },
  })
}
