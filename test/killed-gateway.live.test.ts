import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ModelCall } from '../core/model-call.ts'
import { readModelCalls } from '../core/model-recording.ts'
import { decodeChunk } from '../core/trajectory.ts'
import { Spool } from '../worker/trajectory/spool.ts'
import { FakeProvider } from './support/fake-provider.ts'

const PROGRAM = join(import.meta.dirname, 'bench/gateway-process.ts')

interface Gateway {
  readonly url: string
  readonly keys: readonly string[]
  readonly folder: string
}

/** Asks one call after another and kills the gateway the moment it has the end of the last answer. */
async function askUntilKilled(providerUrl: string, calls: number) {
  const child = fork(PROGRAM, [providerUrl])
  const [gateway] = (await once(child, 'message')) as [Gateway]
  const answers: string[] = []
  for (let call = 1; call <= calls; call += 1) {
    answers.push(await ask(gateway, `question ${call} ${'x'.repeat(2_000)}`))
  }
  child.kill('SIGKILL')
  await once(child, 'exit')
  const recorded = await recordedIn(join(gateway.folder, 'spool'))
  await rm(gateway.folder, { recursive: true })
  return { answers, recorded }
}

function ask({ url, keys: [key = ''] }: Gateway, content: string): Promise<string> {
  const headers = { 'x-api-key': key, 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const asking = request(`${url}/v1/messages`, { method: 'POST', headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      answer.once('end', () => resolve(text)).once('error', reject)
    })
    asking.once('error', reject)
    const messages = [{ role: 'user', content }]
    asking.end(JSON.stringify({ model: 'model', max_tokens: 100, stream: true, messages }))
  })
}

async function recordedIn(folder: string): Promise<ModelCall[]> {
  const spool = await Spool.open(folder)
  const chunks = (
    await Promise.all([...spool.attempts.values()].map((one) => spool.chunks(one)))
  ).flat()
  return readModelCalls((await Promise.all(chunks.map(decodeChunk))).flat())
}

test('a worker that is killed as an answer ends has the whole call on record', async () => {
  await using provider = await FakeProvider.start()
  for (const calls of [1, 4]) {
    const { answers, recorded } = await askUntilKilled(provider.url, calls)
    expect(recorded.map(({ end }) => end)).toEqual(Array(calls).fill('answered'))
    expect(recorded.map(({ response }) => response)).toEqual(answers)
    expect(recorded.at(-1)?.request).toContain(`question ${calls} xxx`)
  }
})
