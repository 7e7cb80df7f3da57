import { execFileSync } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { Farm, FIXTURES } from './support/farm.ts'
import { untilEnded } from './support/until-ended.ts'
import { expectWhole } from './support/whole-sweep.ts'

const DISK_BYTES = 256 * 1024
const TRIALS = 6

/** A small disk of its own in the place of an empty folder. */
function mountDisk(folder: string): Disposable {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder])
  return { [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', folder]) }
}

test('a full spool disk ends attempts and no worker, and with room again every trial has a result', async () => {
  await using farm = await Farm.up()
  const folder = join(farm.home, 'data/worker/spool')
  using _disk = mountDisk(folder)
  const ballast = join(folder, 'ballast')
  await expect(writeFile(ballast, Buffer.alloc(2 * DISK_BYTES))).rejects.toThrow('ENOSPC')
  const worker = await farm.pidOf('worker')

  const flags = ['--suite', FIXTURES, '--agent', 'oracle', '--tasks', 'greet']
  const sweep = await farm.submit(...flags, '--seeds', `${TRIALS}`)
  await eventually(
    'attempts have met the full disk',
    async () => (await readFile(join(farm.home, 'logs/worker.log'), 'utf8')).includes('disk.full'),
    60_000,
  )
  await rm(ballast)
  await untilEnded(farm, sweep)

  await expectWhole(farm, sweep, TRIALS)
  const ends = await farm.sql<{ end: string; attempts: string }>(
    `SELECT end, count() AS attempts FROM sbench.attempts FINAL
     WHERE sweep_id = {sweep:String} GROUP BY end ORDER BY end`,
    { sweep },
  )
  expect(ends.map(({ end }) => end)).toEqual(['complete', 'disk.full'])
  expect(ends[0]).toMatchObject({ attempts: `${TRIALS}` })
  expect(await farm.pidOf('worker')).toBe(worker)
})
