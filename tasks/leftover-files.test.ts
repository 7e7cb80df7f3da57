import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import tarStream from 'tar-stream'
import { expect, test } from 'vitest'
import { leftoverFiles } from './leftover-files.ts'
import { loadTask } from './load-task.ts'
import { type Files, SMALLEST_TASK, TemporaryFolder } from './task-fixture.ts'

const { 'environment/Dockerfile': dockerfile = '', ...WITHOUT_DOCKERFILE } = SMALLEST_TASK
const PREBUILT = { 'task.toml': '[environment]\ndocker_image = "a:1"\n' }

async function leftIn(files: Files): Promise<string[] | null> {
  await using folder = await TemporaryFolder.with(files)
  const tar = await leftoverFiles(await loadTask(folder.path), folder.path)
  if (tar === null) return null
  const names: string[] = []
  const extract = tarStream.extract()
  for await (const entry of Readable.from(tar).pipe(extract)) {
    names.push(entry.header.name)
    entry.resume()
  }
  return names
}

test('files beside a prebuilt image are left for the working folder', async () => {
  const files = { 'environment/a.txt': 'a', 'environment/b/run.sh': ['b'] as const }
  expect(await leftIn({ ...WITHOUT_DOCKERFILE, ...PREBUILT, ...files })).toEqual([
    'a.txt',
    'b',
    'b/run.sh',
  ])
})

test('what an image could be built from is not, whether it is or not', async () => {
  const files = { 'environment/a.txt': 'a' }
  expect(await leftIn({ ...SMALLEST_TASK, ...files })).toBeNull()
  const both = { ...PREBUILT, 'environment/Dockerfile': dockerfile }
  expect(await leftIn({ ...WITHOUT_DOCKERFILE, ...both, ...files })).toBeNull()
})

test('an empty environment leaves nothing', async () => {
  await using folder = await TemporaryFolder.with({
    ...WITHOUT_DOCKERFILE,
    ...PREBUILT,
    'environment/.keep': '',
  })
  const task = await loadTask(folder.path)
  await rm(folder.at('environment/.keep'))
  expect(await leftoverFiles(task, folder.path)).toBeNull()
})
