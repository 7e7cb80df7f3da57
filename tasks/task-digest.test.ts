import { chmod, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadTask } from './load-task.ts'
import { type Files, SMALLEST_TASK, TemporaryFolder } from './task-fixture.ts'

const FULL: Files = {
  ...SMALLEST_TASK,
  'environment/data/a.txt': 'a',
  'solution/solve.sh': ['true\n'],
  'variants/cheat/solve.sh': ['true\n'],
}

async function digestsOf(files: Files) {
  await using folder = await TemporaryFolder.with(files)
  const { digest, environmentDigest } = await loadTask(folder.path)
  return { digest, environmentDigest }
}

test('equal files make equal digests, whatever their order and times', async () => {
  const expected = await digestsOf(FULL)
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(Object.keys(FULL), { minLength: Object.keys(FULL).length }),
      fc.integer({ min: 0, max: 2e9 }),
      async (order, time) => {
        await using folder = await TemporaryFolder.with()
        for (const path of order) {
          await folder.write({ [path]: FULL[path] ?? '' })
          await utimes(folder.at(path), time, time)
        }
        const { digest, environmentDigest } = await loadTask(folder.path)
        expect({ digest, environmentDigest }).toEqual(expected)
      },
    ),
    { numRuns: 20 },
  )
})

test('one other byte anywhere makes another digest', async () => {
  const { digest } = await digestsOf(FULL)
  const place = fc.constantFrom(...Object.keys(FULL))
  await fc.assert(
    fc.asyncProperty(place, fc.stringMatching(/^[a-z ]{1,9}$/), async (path, added) => {
      const content = FULL[path]
      const changed = typeof content === 'string' ? `${content}#${added}` : [`true\n#${added}`]
      expect((await digestsOf({ ...FULL, [path]: changed } as Files)).digest).not.toBe(digest)
    }),
    { numRuns: 30 },
  )
})

test('a name, an executable bit and an empty folder count too', async () => {
  await using folder = await TemporaryFolder.with(FULL)
  const digest = async () => (await loadTask(folder.path)).digest
  const seen = new Set([await digest()])
  await chmod(folder.at('environment/data/a.txt'), 0o755)
  seen.add(await digest())
  await rename(folder.at('environment/data/a.txt'), folder.at('environment/data/b.txt'))
  seen.add(await digest())
  await mkdir(folder.at('environment/empty'))
  seen.add(await digest())
  expect(seen.size).toBe(4)
})

test('README, .git and other people’s permissions do not count', async () => {
  await using folder = await TemporaryFolder.with(FULL)
  const { digest } = await loadTask(folder.path)
  await folder.write({ 'README.md': 'x', '.gitignore': 'x', '.git/HEAD': 'x' })
  await chmod(folder.at('environment/data/a.txt'), 0o600)
  expect((await loadTask(folder.path)).digest).toBe(digest)
})

test('tasks with the same environment share an image, whatever else differs', async () => {
  const { digest, environmentDigest } = await digestsOf(FULL)
  const other = await digestsOf({
    ...FULL,
    'task.toml': '[environment]\ncpus = 1',
    'instruction.md': 'Other.',
    'tests/test.sh': ['exit 1'],
  })
  expect(other.environmentDigest).toBe(environmentDigest)
  expect(other.digest).not.toBe(digest)
  const prebuilt = await digestsOf({ ...FULL, 'task.toml': '[environment]\ndocker_image = "i"' })
  expect(prebuilt.environmentDigest).not.toBe(environmentDigest)
})

test('a link into the suite counts as what it points to', async () => {
  await using suite = await TemporaryFolder.with({
    'suite.toml': 'name = "s"\nversion = "1"',
    'shared/verify.py': 'pass\n',
  })
  await suite.write({ ...SMALLEST_TASK, 'tests/verify.py': 'pass\n' }, 'copied')
  await suite.write(SMALLEST_TASK, 'linked')
  await symlink('../../shared/verify.py', suite.at('linked/tests/verify.py'))
  const copied = await loadTask(suite.at('copied'))
  const linked = await loadTask(suite.at('linked'))
  expect(linked.digest).toBe(copied.digest)
})

test.each([
  ['/etc/hostname', 'outside'],
  ['../../other', 'outside'],
  ['nowhere', 'does not exist'],
  ['..', 'in itself'],
])('a link to %s is refused', async (target, reason) => {
  await using folder = await TemporaryFolder.with({ other: 'x' })
  await folder.write(SMALLEST_TASK, 'task')
  await symlink(target, folder.at('task/tests/link'))
  await expect(loadTask(folder.at('task'))).rejects.toMatchObject({
    code: 'task.invalid',
    message: expect.stringMatching(new RegExp(`tests/link.*${reason}`)),
  })
})

test('a link of a lone task may not leave it, even to its neighbours', async () => {
  await using folder = await TemporaryFolder.with({ 'shared.py': '' })
  await folder.write(SMALLEST_TASK, 'task')
  await symlink('../../shared.py', folder.at('task/tests/shared.py'))
  await expect(loadTask(folder.at('task'))).rejects.toThrow('outside')
  await rm(folder.at('task/tests/shared.py'))
  await writeFile(folder.at('suite.toml'), '')
  await symlink('../../shared.py', folder.at('task/tests/shared.py'))
  await loadTask(folder.at('task'))
})
