import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from './scratch-folder.ts'
import { stackLogs } from './stack-logs.ts'

async function homeWithLog(content: string) {
  const home = await scratchFolder()
  await mkdir(join(home, 'logs'))
  const file = join(home, 'logs', 'nats.log')
  await writeFile(file, content)
  return { home, file }
}

test('the last lines come first, oldest of them first', async () => {
  const { home } = await homeWithLog('one\ntwo\nthree\n')
  const lines: string[] = []
  for await (const line of stackLogs(home, 'nats', { lines: 2 })) lines.push(line)
  expect(lines).toEqual(['two', 'three'])
})

test('a follower sees each line once, whole, over a rotation', async () => {
  const { home, file } = await homeWithLog('one\ntw')
  const stop = new AbortController()
  const lines = stackLogs(home, 'nats', { follow: true, signal: stop.signal })
  expect((await lines.next()).value).toBe('one')
  await appendFile(file, 'o\n')
  expect((await lines.next()).value).toBe('two')
  await rename(file, `${file}.1`)
  await writeFile(file, 'three\n')
  expect((await lines.next()).value).toBe('three')
  stop.abort()
  expect((await lines.next()).done).toBe(true)
})

test('an unknown part is answered with the parts that have a log', async () => {
  const { home } = await homeWithLog('')
  await expect(stackLogs(home, 'natz').next()).rejects.toMatchObject({
    code: 'input.invalid',
    message: expect.stringContaining('there are: nats'),
  })
})
