import { mkdtemp, readdir, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newSweepId, trialIdOf } from '../core/ids.ts'
import { TemporaryFolder } from '../tasks/task-fixture.ts'
import { Checkpoints } from './checkpoints.ts'

const trial = trialIdOf(newSweepId(), 'loop', 'task', 1)
const folder = () => mkdtemp(root.at('checkpoints-'))

let root: TemporaryFolder
beforeAll(async () => {
  root = await TemporaryFolder.with()
})
afterAll(() => root[Symbol.asyncDispose]())

test('whatever a crash cuts off, what was saved before is there, and more can be saved', async () => {
  const entries = fc.array(fc.record({ turn: fc.nat(), text: fc.string() }), { minLength: 1 })
  await fc.assert(
    fc.asyncProperty(entries, fc.nat(), async (saved, cut) => {
      const dir = await folder()
      const before = (await Checkpoints.open(dir)).of(trial, 1)
      for (const entry of saved) await before.save(entry)
      const path = join(dir, (await readdir(dir))[0] ?? '')
      const text = await readFile(path)
      const lastLine = Buffer.byteLength(JSON.stringify(saved.at(-1))) + 1
      await truncate(path, text.length - (cut % (lastLine + 1)))

      const after = (await Checkpoints.open(dir)).of(trial, 1)
      const whole = await after.entries()
      expect(saved.slice(0, whole.length)).toEqual(whole)
      expect(whole.length).toBeGreaterThanOrEqual(saved.length - 1)
      await after.save('next')
      expect(await after.load()).toBe('next')
      expect((await after.entries()).slice(0, whole.length)).toEqual(whole)
    }),
    { numRuns: 50 },
  )
})

test('logs of attempts that nobody goes on with are dropped', async () => {
  const dir = await folder()
  const checkpoints = await Checkpoints.open(dir)
  await checkpoints.of(trial, 1).save('a')
  await checkpoints.of(trial, 2).save('b')
  await checkpoints.keepOnly([{ trial, attempt: 2 }])
  expect(await checkpoints.of(trial, 1).load()).toBeNull()
  expect(await checkpoints.of(trial, 2).load()).toBe('b')
})
