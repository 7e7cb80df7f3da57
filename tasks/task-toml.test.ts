import fc from 'fast-check'
import { stringify } from 'smol-toml'
import { expect, test } from 'vitest'
import { type ParsedTaskToml, parseTaskToml } from './task-toml.ts'

const read = (text: string, host = {}) => parseTaskToml(text, host)
const paths = (findings: ParsedTaskToml['problems']) => findings.map(({ path }) => path).sort()

test('every field of schema 1.4 that the farm honours is read without a word', () => {
  const { toml, problems, warnings } = read(`
    schema_version = "1.4"
    source = "somewhere"
    artifacts = ["/app/out", { source = "/app/log", destination = "log", exclude = ["*.tmp"], service = "main" }]
    [task]
    name = "acme/fix-it"
    version = "2"
    description = "Fix it"
    authors = [{ name = "Ann", email = "ann@example.com" }]
    keywords = ["bash"]
    [metadata]
    difficulty = "hard"
    expert_time_estimate_min = 30
    [agent]
    timeout_sec = 900.5
    user = 1000
    network_mode = "no-network"
    [verifier]
    timeout_sec = 60
    user = "root"
    network_mode = "no-network"
    environment_mode = "separate"
    env = { A = "b" }
    collect = [{ command = "dump", service = "main", timeout_sec = 5, user = "dev" }]
    [verifier.environment]
    docker_image = "judge:1"
    [solution]
    env = { A = "b" }
    [environment]
    build_timeout_sec = 60
    docker_image = "image:1"
    os = "Linux"
    cpus = 2
    memory_mb = 1024
    storage_mb = 2048
    gpus = 0
    env = { A = "b" }
    workdir = "/app"
    network_mode = "public"
    mcp_servers = [{ name = "m", transport = "stdio", command = "serve", args = ["-x"] }]
    [environment.healthcheck]
    command = "true"
    interval_sec = 1
    timeout_sec = 2
    start_period_sec = 0
    start_interval_sec = 1
    retries = 5
  `)
  expect(problems).toEqual([])
  expect(warnings).toEqual([])
  expect(toml?.agent).toMatchObject({ timeout_sec: 900_500, user: '1000' })
  expect(toml?.artifacts[0]).toEqual({ source: '/app/out', exclude: [] })
})

test('all mistakes of a file are reported at once, whatever kind they are', () => {
  const { toml, problems, warnings } = read(`
    schema_version = "one"
    steps = [{ name = "first" }]
    artifacts = [{ source = "../out" }]
    typo = 1
    [task]
    name = "no-organisation"
    [agent]
    timeout_sec = -1
    [environment]
    cpus = "two"
    memory = "2 pounds"
    memory_mb = 5
    gpus = 1
    network_mode = "allowlist"
    allowed_hosts = ["https://example.com"]
    env = { TOKEN = "\${TOKEN}", NUMBER = 3 }
    healthcheck = { command = "true", retires = 3 }
  `)
  expect(toml).toBeNull()
  expect(paths(problems)).toEqual([
    'agent.timeout_sec',
    'artifacts.0.source',
    'environment.allowed_hosts.0',
    'environment.cpus',
    'environment.env.NUMBER',
    'environment.env.TOKEN',
    'environment.gpus',
    'environment.memory',
    'environment.memory',
    'environment.network_mode',
    'schema_version',
    'steps',
    'task.name',
  ])
  expect(paths(warnings)).toEqual(['environment.healthcheck.retires', 'typo'])
})

test.each([
  ['steps', 'steps = [{ name = "a" }]'],
  ['environment.os', '[environment]\nos = "windows"'],
  ['environment.gpus', '[environment]\ngpus = 2'],
  ['environment.tpu', '[environment]\ntpu = { type = "v5", topology = "2x2" }'],
  ['environment.network_mode', '[environment]\nnetwork_mode = "allowlist"'],
  ['agent.network_mode', '[agent]\nnetwork_mode = "allowlist"'],
  ['verifier.network_mode', '[verifier]\nnetwork_mode = "allowlist"'],
  ['verifier.environment.network_mode', '[verifier.environment]\nnetwork_mode = "allowlist"'],
  ['verifier.environment.gpus', '[verifier.environment]\ngpus = 1'],
  ['environment.mcp_servers.0.url', '[[environment.mcp_servers]]\nname = "a"\nurl = "http://a"'],
  [
    'environment.mcp_servers.0.url',
    '[[environment.mcp_servers]]\nname = "a"\nurl = "https://localhost"',
  ],
  ['environment.mcp_servers.0.url', '[[environment.mcp_servers]]\nname = "a"\ntransport = "http"'],
  [
    'environment.mcp_servers.1.name',
    'environment.mcp_servers = [{ name = "a", url = "http://[::1]:1" }, { name = "a", url = "http://127.0.0.1/" }]',
  ],
  [
    'environment.mcp_servers.0.command',
    '[[environment.mcp_servers]]\nname = "a"\ntransport = "stdio"',
  ],
  ['verifier.collect.0.service', '[[verifier.collect]]\ncommand = "a"\nservice = "db"'],
  ['artifacts.0.service', 'artifacts = [{ source = "/a", service = "db" }]'],
])('%s asks for what the farm does not have, and is refused by name', (path, text) => {
  expect(paths(read(text).problems)).toEqual([path])
})

test.each([
  ['environment.skills_dir', '[environment]\nskills_dir = "/skills"'],
  ['environment.gpu_types', '[environment]\ngpu_types = ["h100"]'],
  ['schema_version', 'schema_version = "1.5"'],
  ['schema_version', 'schema_version = "2.0"'],
  ['version', 'schema_version = "1.4"\nversion = "1.0"'],
  [
    'environment.mcp_servers.0.headers',
    '[[environment.mcp_servers]]\nname = "a"\ntransport = "stdio"\ncommand = "a"\nheaders = { A = "b" }',
  ],
  [
    'environment.mcp_servers.0.command',
    '[[environment.mcp_servers]]\nname = "a"\nurl = "http://localhost:1/sse"\ncommand = "a"',
  ],
  [
    'environment.mcp_servers.0.url',
    '[[environment.mcp_servers]]\nname = "a"\ntransport = "stdio"\ncommand = "a"\nurl = "x"',
  ],
  ['metadata_', '[metadata_]\na = 1'],
  ['environment.env.A', `[environment]\nenv = { A = "x\${B}" }`],
])('%s has no effect, which is said by name, and the task still loads', (path, text) => {
  const { toml, problems, warnings } = read(text)
  expect(toml).not.toBeNull()
  expect(problems).toEqual([])
  expect(paths(warnings)).toEqual([path])
})

test.each([
  ['allow_internet = false', 'network_mode = "public"', 'environment.allow_internet'],
  ['memory = "2G"', 'memory_mb = 2048', 'environment.memory'],
  ['storage = "2G"', 'storage_mb = 2048', 'environment.storage'],
])('%s and %s together are a mistake', (old, current, path) => {
  expect(paths(read(`[environment]\n${old}\n${current}`).problems)).toEqual([path])
})

test('allowed hosts without an allowlist are a mistake', () => {
  const text = '[agent]\nallowed_hosts = ["example.com"]'
  expect(paths(read(text).problems)).toEqual(['agent.allowed_hosts'])
})

test('a shared verifier cannot have an environment of its own', () => {
  const text = '[verifier]\nenvironment_mode = "shared"\n[verifier.environment]\ncpus = 1'
  expect(paths(read(text).problems)).toEqual(['verifier.environment'])
})

test.each([
  ['512M', 512],
  ['2G', 2048],
  ['1.5g', 1536],
  [' 2048K ', 2],
])('the old size %s is %i MB', (size, megabytes) => {
  expect(read(`[environment]\nmemory = "${size}"`).toml?.environment.memory).toBe(megabytes)
})

test('what is not TOML is said with its place', () => {
  const { problems } = read('schema_version = "1.4"\n[agent\n')
  expect(problems).toEqual([{ path: 'task.toml', remedy: expect.stringContaining('line 2') }])
})

test('a value of the host is never shown', () => {
  const text = `[environment]\ncpus = "x"\nenv = { A = "\${TOKEN}", B = 3, "C=" = "\${TOKEN}" }`
  expect(JSON.stringify(read(text, { TOKEN: 'hunter2' }))).not.toContain('hunter2')
})

test('metadata and env survive the way through TOML', () => {
  const word = fc.string({ minLength: 1, maxLength: 10 }).filter((text) => text !== '__proto__')
  const variable = fc.stringMatching(/^[A-Z_]{1,8}$/)
  const value = fc.string({ maxLength: 20 }).filter((text) => !text.includes(`\${`))
  fc.assert(
    fc.property(
      fc.dictionary(word, fc.oneof(value, fc.boolean(), fc.integer(), fc.array(value))),
      fc.dictionary(variable, value),
      (metadata, env) => {
        const { toml, problems, warnings } = read(stringify({ metadata, environment: { env } }))
        expect([...problems, ...warnings]).toEqual([])
        expect({ ...toml?.metadata }).toEqual({ ...metadata })
        expect({ ...toml?.environment.env }).toEqual({ ...env })
      },
    ),
  )
})

test('whatever is in the wrong place is a problem, never a crash', () => {
  const line = fc.constantFrom(
    '[environment]',
    '[verifier]',
    '[[steps]]',
    '[verifier.environment]',
    'environment = 3',
    'verifier = []',
    'env = "x"',
    'artifacts = [1, {}]',
    'collect = [[]]',
    'mcp_servers = [1]',
    'unknown = { a = 1 }',
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
      const { toml, problems } = read(lines.join('\n'))
      if (toml === null) expect(problems).not.toEqual([])
    }),
  )
})
