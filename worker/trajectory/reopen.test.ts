import { readFile, truncate } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newSweepId, trialIdOf } from '../../core/ids.ts'
import { decodeChunk } from '../../core/trajectory.ts'
import { TemporaryFolder } from '../../tasks/task-fixture.ts'
import { Recorder } from './recorder.ts'
import { Spool } from './spool.ts'
import { readSpool, type SpoolFile } from './spool-file.ts'

const sweep = newSweepId()
const trial = trialIdOf(sweep, 'loop', 'task', 1)

const recorderInto = (file: SpoolFile, after?: { chunk: number; lastSeq: number }) =>
  new Recorder({
    sweep,
    trial,
    attempt: 1,
    log: file,
    ...(after === undefined ? {} : { after }),
  })

async function recordEach(recorder: Recorder, count: number): Promise<void> {
  for (let event = 0; event < count; event++) {
    recorder.record({ kind: 'message', body: `event ${event}` })
    await recorder.flush()
  }
}

test('wherever a worker dies in writing a trajectory, the next one goes on without a gap', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.nat(1_000), async (count, torn) => {
      await using folder = await TemporaryFolder.with({})
      const [{ path }, first] = await (await Spool.open(folder.path)).create(trial, 1)
      await recordEach(recorderInto(first, undefined), count)
      await first[Symbol.asyncDispose]()
      const { length } = await readFile(path)
      await truncate(path, length - (torn % length))

      const next = await Spool.open(folder.path)
      const reopened = await next.reopen(trial, 1)
      if (reopened === null) throw new Error('the spool is there')
      const last = reopened.chunks.at(-1)?.header
      await recordEach(recorderInto(reopened.file, last), 3)
      await reopened.file[Symbol.asyncDispose]()
      const events = (await Promise.all((await readSpool(path)).map(decodeChunk))).flat()
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index))
      expect(events).toHaveLength(reopened.chunks.length + 3)
    }),
    { numRuns: 25 },
  )
})

test('a spool that nobody began cannot be gone on with', async () => {
  await using folder = await TemporaryFolder.with({ unrelated: '' })
  expect(await (await Spool.open(folder.path)).reopen(trial, 1)).toBeNull()
})
