import { readdir, readFile, stat, truncate, utimes } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import tarStream from 'tar-stream'
import { expect, test } from 'vitest'
import { loadTask } from './load-task.ts'
import { packTask, unpackTask } from './package-task.ts'
import { type Files, SMALLEST_TASK, TemporaryFolder } from './task-fixture.ts'

const segment = fc
  .oneof(
    fc.stringMatching(/^[a-zA-Z0-9 ._-]{1,12}$/),
    fc.constantFrom('ü', '日本', 'x'.repeat(120)),
  )
  .filter((name) => !/^\.*$/.test(name) && name === name.trim())
const content = fc.uint8Array({ maxLength: 3000 })
const extras = fc.uniqueArray(
  fc.record({ folder: segment, file: segment, content, executable: fc.boolean() }),
  { maxLength: 6, selector: ({ folder, file }) => `${folder}/${file}`.toLowerCase() },
)

test('what is unpacked is the task that was packed', async () => {
  await fc.assert(
    fc.asyncProperty(extras, async (files) => {
      await using folder = await TemporaryFolder.with()
      await folder.write(SMALLEST_TASK, 'task')
      for (const { folder: name, file, content, executable } of files) {
        const path = `environment/d${name}/${file}`
        await folder.write({ [path]: executable ? [content] : content }, 'task')
      }
      const before = await loadTask(folder.at('task'))
      const digest = await unpackTask(await packTask(folder.at('task')), folder.at('copy'))
      const after = await loadTask(folder.at('copy'), { name: before.name })
      expect(digest).toBe(before.digest)
      expect(after).toEqual({ ...before, dir: after.dir })
    }),
    { numRuns: 25 },
  )
})

test('equal tasks make equal packages, byte for byte', async () => {
  await using folder = await TemporaryFolder.with()
  const backwards = Object.fromEntries(Object.entries(SMALLEST_TASK).reverse())
  await folder.write(SMALLEST_TASK, 'one')
  await folder.write({ ...backwards, 'README.md': 'x' }, 'two')
  await utimes(folder.at('two/task.toml'), 1, 1)
  expect(await packTask(folder.at('two'))).toEqual(await packTask(folder.at('one')))
})

test('an empty environment survives the way', async () => {
  await using folder = await TemporaryFolder.with()
  const { 'environment/Dockerfile': _, ...files } = SMALLEST_TASK
  await folder.write({ ...files, 'task.toml': '[environment]\ndocker_image = "i"' }, 'task')
  await expect(packTask(folder.at('task'))).resolves.toBeDefined()
  await expect(loadTask(folder.at('task'))).rejects.toThrow('environment/')
  await folder.write({ 'environment/x/y': '' }, 'task')
  const digest = await unpackTask(await packTask(folder.at('task')), folder.at('copy'))
  expect((await loadTask(folder.at('task'))).digest).toBe(digest)
})

test('unpacking twice, also at once, is harmless; over something else it is refused', async () => {
  await using folder = await TemporaryFolder.with()
  await folder.write(SMALLEST_TASK, 'task')
  const packed = await packTask(folder.at('task'))
  await Promise.all([1, 2, 3].map(() => unpackTask(packed, folder.at('copy'))))
  await folder.write({ 'instruction.md': 'Other.' }, 'copy')
  await expect(unpackTask(packed, folder.at('copy'))).rejects.toMatchObject({
    code: 'task.package-invalid',
  })
  expect((await readdir(folder.path)).sort()).toEqual(['copy', 'task'])
})

test.each([
  ['../evil', 'file'],
  ['tests/../../evil', 'file'],
  ['/etc/evil', 'file'],
  ['tests//evil', 'file'],
  ['tests/./evil', 'file'],
  ['evil', 'file'],
  ['..', 'directory'],
  ['tests/link', 'symlink'],
  ['tests/hard', 'link'],
  ['tests/device', 'character-device'],
] as const)(
  'a package with %s as a %s is refused and leaves nothing behind',
  async (name, type) => {
    await using folder = await TemporaryFolder.with()
    const bytes = await craftPackage([{ name, type, linkname: '/etc/passwd' }])
    await expect(unpackTask(bytes, folder.at('in/copy'))).rejects.toMatchObject({
      code: 'task.package-invalid',
      message: expect.stringContaining('Package'),
    })
    expect(await readdir(folder.path)).toEqual(['in'])
    expect(await readdir(folder.at('in'))).toEqual([])
  },
)

test('a file that comes twice cannot replace itself', async () => {
  await using folder = await TemporaryFolder.with()
  const twice = { name: 'task.toml', type: 'file' } as const
  await expect(
    unpackTask(await craftPackage([twice, twice]), folder.at('copy')),
  ).rejects.toMatchObject({ code: 'task.package-invalid' })
})

test('modes beyond the executable bit are not taken over', async () => {
  await using folder = await TemporaryFolder.with()
  const setuid = { name: 'tests/test.sh', type: 'file', mode: 0o4777 } as const
  await unpackTask(await craftPackage([setuid]), folder.at('copy'))
  expect((await stat(folder.at('copy/tests/test.sh'))).mode & 0o7777).toBe(0o755)
})

test('any damage to a package is noticed, or harmless', async () => {
  await using folder = await TemporaryFolder.with()
  await folder.write(SMALLEST_TASK, 'task')
  const packed = await packTask(folder.at('task'))
  const { digest } = await loadTask(folder.at('task'))
  let copies = 0
  await fc.assert(
    fc.asyncProperty(
      fc.nat(packed.length - 1),
      fc.integer({ min: 1, max: 255 }),
      async (at, by) => {
        const damaged = Uint8Array.from(packed, (byte, index) => (index === at ? byte ^ by : byte))
        const result = await unpackTask(damaged, folder.at(`copy-${copies++}`)).catch(codeOf)
        expect([digest, 'task.package-invalid']).toContain(result)
        const short = packed.subarray(0, at)
        const cut = await unpackTask(short, folder.at(`copy-${copies++}`)).catch(codeOf)
        expect(cut).toBe('task.package-invalid')
      },
    ),
    { numRuns: 60 },
  )
})

test('a task above 512 MB is refused by its largest file, without reading it', async () => {
  await using folder = await TemporaryFolder.with({ ...SMALLEST_TASK, 'environment/big.bin': '' })
  await truncate(folder.at('environment/big.bin'), 513 * 1024 * 1024)
  await expect(packTask(folder.path)).rejects.toMatchObject({
    code: 'task.invalid',
    message: expect.stringMatching(/environment\/big\.bin.*512/),
  })
})

test('a package holds the task and nothing of its surroundings', async () => {
  await using folder = await TemporaryFolder.with()
  const files: Files = { ...SMALLEST_TASK, 'README.md': 'x', '.env': 'SECRET=1' }
  await folder.write(files, 'task')
  await unpackTask(await packTask(folder.at('task')), folder.at('copy'))
  expect((await readdir(folder.at('copy'))).sort()).toEqual([
    'environment',
    'instruction.md',
    'task.toml',
    'tests',
  ])
  expect(await readFile(folder.at('copy/instruction.md'), 'utf8')).toBe('Do it.\n')
})

const codeOf = (error: { code?: unknown }) => error.code

async function craftPackage(
  headers: readonly Parameters<ReturnType<typeof tarStream.pack>['entry']>[0][],
): Promise<Uint8Array> {
  const pack = tarStream.pack()
  for (const header of headers) pack.entry({ ...header }, Buffer.alloc(0))
  pack.finalize()
  return gzipSync(await buffer(pack))
}
