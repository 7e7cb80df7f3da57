import { symlink } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import tarStream from 'tar-stream'
import { expect, test } from 'vitest'
import { tarOfBuildContext, tarOfDirectory, tarOfEntries } from './tar.ts'
import { TemporaryFolder } from './task-fixture.ts'

async function listing(tar: Readable) {
  const entries: string[] = []
  for await (const entry of tar.pipe(tarStream.extract())) {
    const { name, mode, uid, gid } = entry.header
    const text = (await buffer(Readable.from(entry))).toString()
    entries.push(`${name} ${mode.toString(8)} ${uid}:${gid} ${text}`.trim())
  }
  return entries
}

test('a folder is put below its prefix, with the owner and modes asked for', async () => {
  await using folder = await TemporaryFolder.with({ 'b/c.sh': ['run'], 'a.txt': 'a' })
  const tar = await tarOfDirectory(folder.path, { prefix: '/tests/', uid: 7, gid: 8 })
  expect(await listing(tar)).toEqual([
    'tests 755 7:8',
    'tests/a.txt 644 7:8 a',
    'tests/b 755 7:8',
    'tests/b/c.sh 755 7:8 run',
  ])
  const strict = { mode: 0o600, directoryMode: 0o700 }
  expect(await listing(await tarOfDirectory(folder.path, strict))).toEqual([
    'a.txt 600 0:0 a',
    'b 700 0:0',
    'b/c.sh 600 0:0 run',
  ])
})

test('entries from memory keep their order, and bring their folders', async () => {
  const entries = [
    { path: 'x/y/one', bytes: '1', mode: 0o755 },
    { path: 'two', bytes: Buffer.from('2') },
  ]
  expect(await listing(tarOfEntries(entries))).toEqual([
    'x 755 0:0',
    'x/y 755 0:0',
    'x/y/one 755 0:0 1',
    'two 644 0:0 2',
  ])
})

test('an empty folder makes its prefix and nothing else', async () => {
  await using folder = await TemporaryFolder.with()
  expect(await listing(await tarOfDirectory(folder.path))).toEqual([])
  expect(await listing(await tarOfDirectory(folder.path, { prefix: 'tests' }))).toEqual([
    'tests 755 0:0',
  ])
})

test('a build context leaves out what .dockerignore names, by the rules of Docker', async () => {
  await using folder = await TemporaryFolder.with({
    Dockerfile: 'FROM scratch',
    '.dockerignore': '# comment\n*\n!src\nsrc/**/*.log\n/Dockerfile\n',
    'src/deep/a.log': '',
    'src/deep/a.ts': '',
    'notes/src': '',
    'other.ts': '',
  })
  const names = (await listing(await tarOfBuildContext(folder.path))).map(
    (line) => line.split(' ')[0],
  )
  expect(names).toEqual(['.dockerignore', 'Dockerfile', 'src', 'src/deep', 'src/deep/a.ts'])
})

test('Dockerfile.dockerignore goes before .dockerignore', async () => {
  await using folder = await TemporaryFolder.with({
    Dockerfile: '',
    'Dockerfile.dockerignore': 'a\n',
    '.dockerignore': 'b\n',
    a: '',
    b: '',
  })
  const names = (await listing(await tarOfBuildContext(folder.path))).map(
    (line) => line.split(' ')[0],
  )
  expect(names).toEqual(['.dockerignore', 'Dockerfile', 'Dockerfile.dockerignore', 'b'])
})

test('a link out of the folder is refused by name, unless its root allows it', async () => {
  await using folder = await TemporaryFolder.with({ 'shared.txt': 's', 'in/a.txt': 'a' })
  await symlink('../shared.txt', folder.at('in/link'))
  await expect(tarOfDirectory(folder.at('in'))).rejects.toMatchObject({
    code: 'input.invalid',
    message: expect.stringContaining('link'),
  })
  const tar = await tarOfDirectory(folder.at('in'), { root: folder.path })
  expect(await listing(tar)).toEqual(['a.txt 644 0:0 a', 'link 644 0:0 s'])
})

test('large files stream through: a reader that stops early leaves nothing open', async () => {
  await using folder = await TemporaryFolder.with({ big: Buffer.alloc(5_000_000, 7) })
  const whole = await buffer(await tarOfDirectory(folder.path))
  expect(whole.length).toBeGreaterThan(5_000_000)
  const stopped = await tarOfDirectory(folder.path)
  for await (const _ of stopped) break
  expect(stopped.destroyed).toBe(true)
})
