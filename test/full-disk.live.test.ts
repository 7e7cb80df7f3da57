import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { Farm, FIXTURES } from './support/farm.ts'
import { untilEnded } from './support/until-ended.ts'
import { expectWhole } from './support/whole-sweep.ts'

const DISK_BYTES = 256 * 1024
const DISK_FILES = 24
const TRIALS = 6

/** A small disk of its own in the place of an empty folder. */
function mountDisk(folder: string): Disposable {
  // The root of it counts as a file.
  const size = `size=${DISK_BYTES},nr_inodes=${DISK_FILES + 1}`
  execFileSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', folder])
  return { [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', folder]) }
}

const fillBytes = (ballast: string) => writeFile(join(ballast, 'all'), Buffer.alloc(2 * DISK_BYTES))

/** Bytes are left then, but no file can be made. */
async function fillFiles(ballast: string): Promise<void> {
  for (let number = 0; number < DISK_FILES; number++)
    await writeFile(join(ballast, `${number}`), '')
}

test.each([
  ['full', fillBytes],
  ['out of inodes', fillFiles],
])(
  'a spool disk that is %s ends attempts and no worker; with room again every trial has a result',
  async (_, fill) => {
    await using farm = await Farm.up()
    const folder = join(farm.home, 'data/worker/spool')
    using _disk = mountDisk(folder)
    const ballast = join(folder, 'ballast')
    await mkdir(ballast)
    await expect(fill(ballast)).rejects.toThrow('ENOSPC')
    const worker = await farm.pidOf('worker')

    const flags = ['--suite', FIXTURES, '--agent', 'oracle', '--tasks', 'greet']
    const sweep = await farm.submit(...flags, '--seeds', `${TRIALS}`)
    await eventually(
      'attempts have met the full disk',
      async () =>
        (await readFile(join(farm.home, 'logs/worker.log'), 'utf8')).includes('disk.full'),
      60_000,
    )
    await rm(ballast, { recursive: true })
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
  },
)
