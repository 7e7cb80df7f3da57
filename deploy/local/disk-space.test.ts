import { join } from 'node:path'
import { expect, test } from 'vitest'
import { assertDiskSpace, freeDiskBytes } from './disk-space.ts'
import { scratchFolder } from './scratch-folder.ts'

test('a folder that is still to be made has the space of the disk it would be made on', async () => {
  const folder = await scratchFolder()
  const there = await freeDiskBytes(folder)
  const toBe = await freeDiskBytes(join(folder, 'a', 'b', 'c'))
  expect(Math.abs(there - toBe)).toBeLessThan(1e9)
})

test('a file system without space is refused with the way out', async () => {
  await expect(assertDiskSpace('/proc')).rejects.toMatchObject({
    code: 'disk.full',
    message: expect.stringContaining('SBENCH_HOME'),
  })
})
