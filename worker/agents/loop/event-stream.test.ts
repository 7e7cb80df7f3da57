import { expect, test } from 'vitest'
import type { AgentEnd, NewEvent } from '../agent.ts'
import { eventStream } from './event-stream.ts'

const END: AgentEnd = { outcome: 'scored', detail: '' }
const note = (body: string): NewEvent => ({ kind: 'note', body })

async function heard(stream: AsyncGenerator<NewEvent, AgentEnd>) {
  const bodies: (string | undefined)[] = []
  try {
    for (;;) {
      const next = await stream.next()
      if (next.done === true) return { bodies, end: next.value }
      bodies.push(next.value.body)
    }
  } catch (error) {
    return { bodies, error }
  }
}

test('events come in the order in which they were emitted, then the end', async () => {
  const stream = eventStream(async (emit) => {
    emit(note('1'), note('2'))
    await Promise.all([3, 4].map(async (n) => emit(note(String(n)))))
    await new Promise((resolve) => setImmediate(resolve))
    emit(note('5'))
    return END
  })
  expect(await heard(stream)).toEqual({ bodies: ['1', '2', '3', '4', '5'], end: END })
})

test('what the work throws comes after its events', async () => {
  const error = new Error('no')
  const stream = eventStream(async (emit) => {
    emit(note('1'))
    throw error
  })
  expect(await heard(stream)).toEqual({ bodies: ['1'], error })
})

test('whoever stops listening stops the work', async () => {
  const stopped = Promise.withResolvers<string>()
  const stream = eventStream(async (emit, abandoned) => {
    emit(note('1'))
    abandoned.addEventListener('abort', () => stopped.resolve('stopped'))
    await stopped.promise
    return END
  })
  for await (const _ of stream) break
  expect(await stopped.promise).toBe('stopped')
})
