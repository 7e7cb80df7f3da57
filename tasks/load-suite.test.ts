import { expect, test } from 'vitest'
import { listSuites, loadSuite } from './load-suite.ts'
import { SMALLEST_TASK, TemporaryFolder } from './task-fixture.ts'

const named = (name: string, more = '') => ({
  'suite.toml': `name = "${name}"\nversion = "1.2.0"\ndescription = "d"\n${more}`,
})

async function suites() {
  const folder = await TemporaryFolder.with()
  await folder.write(named('alpha'), 'alpha')
  await folder.write(SMALLEST_TASK, 'alpha/one')
  await folder.write(SMALLEST_TASK, 'alpha/two')
  await folder.write({ 'lib.py': '' }, 'alpha/shared')
  await folder.write(named('beta', 'tasks = ["two", "one"]'), 'beta')
  await folder.write(SMALLEST_TASK, 'beta/one')
  await folder.write({ ...SMALLEST_TASK, 'task.toml': 'typo = 1' }, 'beta/two')
  return folder
}

test('a suite is found by its name, with its tasks in order', async () => {
  await using folder = await suites()
  const alpha = await loadSuite('alpha', { suitesDir: folder.path })
  const beta = await loadSuite('beta', { suitesDir: folder.path })
  expect(alpha).toMatchObject({ name: 'alpha', version: '1.2.0', description: 'd', skipped: [] })
  expect(alpha.tasks.map(({ name }) => name)).toEqual(['one', 'two'])
  expect(beta.tasks.map(({ name }) => name)).toEqual(['two', 'one'])
  expect(alpha.digest).not.toBe(beta.digest)
  expect((await listSuites(folder.path)).map(({ name }) => name)).toEqual(['alpha', 'beta'])
})

test('an unknown name lists the known ones and suggests the nearest', async () => {
  await using folder = await suites()
  await expect(loadSuite('alhpa', { suitesDir: folder.path })).rejects.toMatchObject({
    code: 'suite.not-found',
    message: 'No suite is named alhpa. Did you mean alpha? Known: alpha, beta.',
  })
})

test('a path that is not there is not found', async () => {
  await expect(loadSuite('./nowhere')).rejects.toMatchObject({ code: 'suite.not-found' })
})

test('the digest of a suite is that of its tasks: order and place do not count', async () => {
  await using folder = await suites()
  const one = await loadSuite(folder.at('beta'))
  await folder.write(named('gamma'), 'beta')
  const other = await loadSuite(folder.at('beta'))
  expect(other.digest).toBe(one.digest)
  await folder.write({ 'beta/one/instruction.md': 'Other.' })
  expect((await loadSuite(folder.at('beta'))).digest).not.toBe(one.digest)
})

test('any folder of tasks is a suite, and so is a single task', async () => {
  await using folder = await TemporaryFolder.with()
  await folder.write(SMALLEST_TASK, 'data/one')
  const data = await loadSuite(folder.at('data'))
  expect(data).toMatchObject({ name: 'data', description: '' })
  expect(data.version).toBe(data.digest.slice(7, 19))
  const single = await loadSuite(folder.at('data', 'one'))
  expect(single.tasks.map(({ name }) => name)).toEqual(['one'])
})

test('invalid tasks of a foreign folder stop it, or are left out by name', async () => {
  await using folder = await TemporaryFolder.with()
  await folder.write(SMALLEST_TASK, 'data/good')
  await folder.write({ ...SMALLEST_TASK, 'task.toml': '[environment]\ngpus = 1' }, 'data/gpu')
  await folder.write({ 'notes.md': 'x' }, 'data/docs')
  await expect(loadSuite(folder.at('data'))).rejects.toMatchObject({
    code: 'task.invalid',
    message: expect.stringMatching(/docs: task\.toml[\s\S]*gpu: environment\.gpus/),
  })
  const suite = await loadSuite(folder.at('data'), { allowSkipped: true })
  expect(suite.tasks.map(({ name }) => name)).toEqual(['good'])
  expect(suite.skipped.map(({ dir }) => dir)).toEqual([
    folder.at('data/docs'),
    folder.at('data/gpu'),
  ])
  expect(suite.skipped[1]?.problems.map(({ path }) => path)).toEqual(['environment.gpus'])
})

test('nothing can be skipped in a suite of ours, nor all of a foreign one', async () => {
  await using folder = await suites()
  await folder.write({ 'alpha/one/task.toml': '[environment]\ngpus = 1' })
  await folder.write({ 'bad/one/task.toml': '' })
  const options = { suitesDir: folder.path, allowSkipped: true }
  await expect(loadSuite('alpha', options)).rejects.toThrow('one: environment.gpus')
  await expect(loadSuite(folder.at('bad'), options)).rejects.toThrow('one: instruction.md')
})

test('the list of a suite and its folders have to agree', async () => {
  await using folder = await suites()
  await folder.write(named('beta', 'tasks = ["one", "three"]'), 'beta')
  await expect(loadSuite('beta', { suitesDir: folder.path })).rejects.toThrow(
    /tasks = "three"[\s\S]*tasks = "two": not listed/,
  )
})

test.each([
  ['name = "Not Good"\nversion = "1"', 'name'],
  ['name = "s"', 'version'],
  ['name = "s"\nversion = "1"\ntypo = 1', 'typo'],
  ['name = "s"\nversion = "1"\ntasks = ["../one"]', 'tasks.0'],
  ['name = "s"\nversion = "1"\ntasks = ["one", "one"]', 'named twice'],
  ['name = ', 'not TOML'],
])('a suite.toml with a mistake is refused: %j', async (text, mistake) => {
  await using folder = await TemporaryFolder.with({ 'suite.toml': text })
  await expect(loadSuite(folder.path)).rejects.toMatchObject({
    code: 'task.invalid',
    message: expect.stringContaining(mistake),
  })
})

test('two tasks of one name cannot be told apart, and are refused', async () => {
  await using folder = await TemporaryFolder.with()
  const twin = { ...SMALLEST_TASK, 'task.toml': '[task]\nname = "acme/twin"' }
  await folder.write(twin, 'a')
  await folder.write(twin, 'b')
  await expect(loadSuite(folder.path)).rejects.toThrow('b: task.name')
})

test('an empty folder is no suite', async () => {
  await using folder = await TemporaryFolder.with()
  await expect(loadSuite(folder.path)).rejects.toThrow('no task in this folder')
})
