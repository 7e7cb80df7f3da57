import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from '@temporalio/client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog } from '../core/log.ts'
import { Answers } from './answers.ts'
import { Journal, type JournalEntry } from './journal.ts'

const entry: JournalEntry = {
  trial: 'a1',
  attempt: 1,
  activity: 'runTrial',
  taskToken: Buffer.from('token').toString('base64'),
}
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sbench-answers-'))
})
afterEach(() => rm(folder, { recursive: true }))

const clientThat = (complete: (token: Uint8Array, value: unknown) => Promise<void>) =>
  ({ activity: { complete } }) as unknown as Pick<Client, 'activity'>

test('an answer that a process could not give is given by the next one, and then forgotten', async () => {
  const journal = await Journal.open(folder)
  await journal.begin({ ...entry, resume: { of: 'the agent' } })
  const away = clientThat(async () => {
    throw new Error('14 UNAVAILABLE')
  })
  const output = { events: 7, detail: '' }
  const first = new Answers({ client: away, journal, log: silentLog, patienceMs: 0 })
  await expect(first.complete(entry, output)).rejects.toThrow('UNAVAILABLE')

  const left = await (await Journal.open(folder)).left()
  expect(left).toEqual([{ ...entry, answer: output }])
  const given: unknown[] = []
  const back = clientThat(async (token, value) => {
    given.push([Buffer.from(token).toString(), value])
  })
  await new Answers({ client: back, journal, log: silentLog }).deliver(left)
  expect(given).toEqual([['token', output]])
  expect(await journal.left()).toEqual([])
})
