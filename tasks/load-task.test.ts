import { symlink } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { loadTask, readTask } from './load-task.ts'
import { type Files, SMALLEST_TASK, TemporaryFolder } from './task-fixture.ts'

async function load(files: Files, options = {}) {
  await using folder = await TemporaryFolder.with({ ...SMALLEST_TASK, ...files })
  return await loadTask(folder.path, { name: 'it', ...options })
}

async function problemPaths(files: Files) {
  await using folder = await TemporaryFolder.with(files)
  const reading = await readTask(folder.path)
  return reading.task === null ? reading.problems.map(({ path }) => path).sort() : []
}

test('the smallest task has the defaults of its schema version', async () => {
  const task = await load({})
  expect(task).toMatchObject({
    name: 'it',
    instruction: 'Do it.\n',
    schemaVersion: '1.4',
    resourceClass: 'medium',
    environment: {
      kind: 'build',
      cpus: 2,
      memoryMb: 4096,
      storageMb: 10_240,
      networkMode: 'public',
    },
    agent: { timeoutMs: null, networkMode: 'public' },
    verifier: { timeoutMs: 600_000, environmentMode: 'shared', collect: [], networkMode: 'public' },
    solution: { present: false, env: {} },
    variants: [],
    artifacts: [],
    warnings: [],
  })
  expect(task.environment.defaultsApplied).toEqual(['cpus', 'memoryMb', 'storageMb'])
  expect(task.environment.defaultsFrom).toBe('farm')
})

test('a legacy task keeps the old numbers and spellings', async () => {
  const task = await load({
    'task.toml':
      'version = "1.0"\n[environment]\nmemory = "1G"\nallow_internet = false\n[metadata]\ncategory = "x"\ntags = ["a"]',
  })
  expect(task.environment).toMatchObject({
    cpus: 1,
    memoryMb: 1024,
    storageMb: 10_240,
    defaultsApplied: ['cpus', 'storageMb'],
    defaultsFrom: 'harbor-1.0',
    networkMode: 'no-network',
  })
  expect(task.agent.networkMode).toBe('no-network')
  expect(task.metadata).toEqual({ category: 'x', tags: ['a'], raw: { category: 'x', tags: ['a'] } })
})

test('a phase can have a network of its own, or else has that of its environment', async () => {
  const task = await load({ 'task.toml': '[agent]\nnetwork_mode = "no-network"' })
  expect(task.environment.networkMode).toBe('public')
  expect(task.agent.networkMode).toBe('no-network')
  expect(task.verifier.networkMode).toBe('public')
})

test('a task is plain data: JSON keeps all of it', async () => {
  const task = await load({
    'task.toml':
      'artifacts = ["/out"]\n[metadata]\nmade = 2026-01-02\n[verifier]\nenvironment_mode = "separate"\n[environment.healthcheck]\ncommand = "true"',
  })
  expect(JSON.parse(JSON.stringify(task))).toEqual(task)
})

test('[task].name goes before the name of the folder', async () => {
  expect((await load({ 'task.toml': '[task]\nname = "acme/fix"' })).name).toBe('acme/fix')
})

test('an empty folder is told everything that it lacks', async () => {
  expect(await problemPaths({})).toEqual([
    'environment/',
    'instruction.md',
    'task.toml',
    'tests/test.sh',
  ])
})

test('mistakes in task.toml and in the folder come together', async () => {
  const files = { 'task.toml': '[environment]\ngpus = 1\ncpus = 0', 'instruction.md': '# canary\n' }
  expect(await problemPaths({ ...files, 'environment/data': '' })).toEqual([
    'environment.cpus',
    'environment.gpus',
    'environment/Dockerfile',
    'instruction.md',
    'tests/test.sh',
  ])
})

test.each([
  ['environment/docker-compose.yaml', { 'environment/docker-compose.yaml': 'services: {}' }],
  ['steps/', { 'steps/one/instruction.md': 'x' }],
  ['variants/partial/solve.sh', { 'variants/partial/notes.md': 'x' }],
  ['environment', { 'task.toml': '[environment]\ncpus = 9' }],
  ['verifier.environment', { 'task.toml': '[verifier.environment]\nmemory_mb = 99999' }],
])('%s is refused by name', async (path, files) => {
  expect(await problemPaths({ ...SMALLEST_TASK, ...files })).toEqual([path])
})

test('a folder that looks like a misspelled part is pointed out', async () => {
  const { warnings } = await load({ 'test/test.sh': 'x', 'README.md': 'x', '.git/HEAD': 'x' })
  expect(warnings.map(({ path }) => path)).toEqual(['test/'])
})

test('solution and variants are found by their solve.sh', async () => {
  const script = 'true\n'
  const task = await load({
    'solution/solve.sh': script,
    'variants/partial/solve.sh': script,
    'variants/cheat/solve.sh': script,
  })
  expect(task.solution.present).toBe(true)
  expect(task.variants).toEqual(['cheat', 'partial'])
})

test('host variables are filled in, and one that is missing is a problem', async () => {
  const toml = { 'task.toml': `[environment]\nenv = { A = "\${TOKEN}", B = "\${NONE:-b}" }` }
  const task = await load(toml, { hostEnvironment: { TOKEN: 't' } })
  expect(task.environment.env).toEqual({ A: 't', B: 'b' })
  await expect(load(toml)).rejects.toMatchObject({
    code: 'task.invalid',
    message: expect.stringContaining('set TOKEN'),
  })
})

test('a folder that does not exist is not found, rather than invalid', async () => {
  await using folder = await TemporaryFolder.with()
  await expect(loadTask(folder.at('nowhere'))).rejects.toMatchObject({ code: 'task.not-found' })
})

test('the original Terminal-Bench format is recognised', async () => {
  await using folder = await TemporaryFolder.with({ 'task.yaml': 'instruction: x' })
  await expect(loadTask(folder.path)).rejects.toThrow('harbor task migrate')
})

const SEPARATE = '[verifier]\nenvironment_mode = "separate"\n'
test.each([
  [
    'a fresh copy of the agent image',
    SEPARATE,
    {},
    { from: 'agent', kind: 'build', uploadTests: true },
  ],
  [
    'a fresh copy of a prebuilt agent image, with resources of its own',
    '[environment]\ndocker_image = "i"\n[verifier.environment]\ncpus = 1',
    {},
    { from: 'agent', kind: 'prebuilt', dockerImage: 'i', cpus: 1, uploadTests: true },
  ],
  [
    'an image built from tests/',
    SEPARATE,
    { 'tests/Dockerfile': 'FROM scratch' },
    { from: 'tests', kind: 'build', uploadTests: false },
  ],
  [
    'an image that it names',
    '[verifier.environment]\ndocker_image = "judge"',
    {},
    { from: 'image', kind: 'prebuilt', dockerImage: 'judge', uploadTests: false },
  ],
])('a separate verifier runs in %s', async (_, toml, files, expected) => {
  const { verifier } = await load({ 'task.toml': toml, ...files })
  expect(verifier.environmentMode).toBe('separate')
  expect(verifier.environment).toMatchObject(expected)
  expect('dockerImage' in (verifier.environment ?? {})).toBe('dockerImage' in expected)
})

test('only a verifier with an image of its own may lack tests/test.sh', async () => {
  const { 'tests/test.sh': _, ...files } = SMALLEST_TASK
  const withToml = (toml: string) => problemPaths({ ...files, 'task.toml': toml })
  expect(await withToml('[verifier.environment]\ndocker_image = "judge"')).toEqual([])
  expect(await withToml(SEPARATE)).toEqual(['tests/test.sh'])
})

test('a link inside an image context is followed, and said', async () => {
  await using folder = await TemporaryFolder.with(SMALLEST_TASK)
  await symlink('Dockerfile', folder.at('environment', 'Dockerfile.copy'))
  const { warnings } = await loadTask(folder.path)
  expect(warnings).toMatchObject([{ path: 'environment/Dockerfile.copy', value: 'Dockerfile' }])
})
