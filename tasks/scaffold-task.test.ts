import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { loadTask } from './load-task.ts'
import { scaffoldTask } from './scaffold-task.ts'
import { TemporaryFolder } from './task-fixture.ts'

test('a fresh task loads without a problem or a warning, and has all its parts', async () => {
  await using folder = await TemporaryFolder.with()
  const task = await loadTask(await scaffoldTask(folder.path, 'count-things'))
  expect(task).toMatchObject({
    name: 'count-things',
    warnings: [],
    resourceClass: 'small',
    solution: { present: true },
    variants: ['alternative', 'cheat', 'partial'],
    environment: { networkMode: 'no-network' },
  })
})

test('the scripts of a fresh task are bash without mistakes', async () => {
  await using folder = await TemporaryFolder.with()
  const dir = await scaffoldTask(folder.path, 'it')
  const scripts = ['tests/test.sh', 'solution/solve.sh', 'variants/cheat/solve.sh']
  for (const script of scripts) await promisify(execFile)('bash', ['-n', `${dir}/${script}`])
})

test('a folder with anything in it is never written to', async () => {
  await using folder = await TemporaryFolder.with({ 'taken/file': 'x' })
  await expect(scaffoldTask(folder.path, 'taken')).rejects.toMatchObject({ code: 'task.exists' })
})

test.each(['../up', 'Upper', '', 'a b', '-x'])('%j is no name for a task', async (name) => {
  await using folder = await TemporaryFolder.with()
  await expect(scaffoldTask(folder.path, name)).rejects.toMatchObject({ code: 'input.invalid' })
})
