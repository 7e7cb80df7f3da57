import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { RotatingLog } from './rotating-log.ts'
import { scratchFolder } from './scratch-folder.ts'

test('however much is written, three files of bounded size remain, with the last words in the first', async () => {
  const folder = await scratchFolder()
  const file = join(folder, 'part.log')
  using log = new RotatingLog(file, { maxBytes: 1_000, kept: 2 })
  for (let line = 0; line < 500; line++) log.write(`line ${line}\n`)
  expect((await readdir(folder)).sort()).toEqual(['part.log', 'part.log.1', 'part.log.2'])
  for (const name of await readdir(folder)) {
    expect((await stat(join(folder, name))).size).toBeLessThanOrEqual(1_000)
  }
  expect(await readFile(file, 'utf8')).toMatch(/line 499\n$/)
})

test('a log that is opened again goes on where it ended', async () => {
  const file = join(await scratchFolder(), 'part.log')
  for (const word of ['one\n', 'two\n']) {
    using log = new RotatingLog(file)
    log.write(word)
  }
  expect(await readFile(file, 'utf8')).toBe('one\ntwo\n')
})
