import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BUILT_IN_AGENTS } from '../../../coordinator/contract/agents.ts'
import type { AgentSetting } from './definition.ts'
import { INSTALLED_AGENTS } from './installed-agents.ts'

const KEY = 'sbench-secret'
const URL_INSIDE = 'http://127.0.0.1:4100'
const setting: AgentSetting = {
  home: '/var/tmp/home',
  instructionPath: '/var/tmp/home/instruction.md',
  model: { url: URL_INSIDE, key: KEY, name: 'vendor/big-1', facts: null },
  parameters: { maxTurns: 7, command: 'run {instruction}' },
  mcp: [{ name: 'notes', url: `${URL_INSIDE}/mcp/notes`, headers: { authorization: 'Bearer m' } }],
  timeoutMs: 60_000,
}
const installed = INSTALLED_AGENTS.flatMap(({ name, installation, start }) =>
  installation === null ? [] : [{ name, installation, ...start(setting) }],
)
const textOf = (name: string) => {
  const agent = installed.find((candidate) => candidate.name === name)
  if (agent === undefined) throw new Error(`no agent ${name}`)
  return JSON.stringify([agent.command, agent.env, Object.values(agent.files)]).replaceAll('\\', '')
}

test('the table of agents has each of them, and the version that is installed', () => {
  const facts = BUILT_IN_AGENTS.filter(({ kind }) => kind === 'installed' || kind === 'command')
  expect(facts.map(({ name }) => name)).toEqual(INSTALLED_AGENTS.map(({ name }) => name))
  for (const { name, installation } of installed) {
    const version = facts.find((agent) => agent.name === name)?.version
    const pins = ['package.json', 'requirements.txt']
      .filter((file) => readdirSync(installation.folder).includes(file))
      .map((file) => readFileSync(join(installation.folder, file), 'utf8'))
    expect(pins.join('')).toContain(String(version))
  }
})

test('every agent is told where its model and its MCP servers are, and never on a command line', () => {
  for (const { name, command, env, files } of installed) {
    const told = JSON.stringify([env, files])
    expect(told, name).toContain(URL_INSIDE)
    expect(told, name).toContain(KEY)
    expect(JSON.stringify([command, env, files]), name).toContain('vendor/big-1')
    expect(command.join(' '), name).not.toContain(KEY)
    if (name !== 'mini-swe-agent') expect(told, name).toContain('/mcp/notes')
  }
})

/** What keeps each from telling or fetching anything, and from the web. */
const OFF: Record<string, readonly string[]> = {
  'claude-code': [
    '"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC":"1"',
    '"DISABLE_TELEMETRY":"1"',
    '"DISABLE_ERROR_REPORTING":"1"',
    '"DISABLE_AUTOUPDATER":"1"',
    'WebFetch,WebSearch',
  ],
  codex: [
    'web_search = "disabled"',
    'check_for_update_on_startup = false',
    '[analytics]nenabled = false',
    '[feedback]nenabled = false',
  ],
  'gemini-cli': [
    '"enableAutoUpdate":false',
    '"usageStatisticsEnabled":false',
    '"telemetry":{"enabled":false}',
    '"exclude":["web_fetch","google_web_search"]',
  ],
  opencode: [
    '"autoupdate":false',
    '"share":"disabled"',
    '"OPENCODE_DISABLE_MODELS_FETCH":"1"',
    '"OPENCODE_DISABLE_LSP_DOWNLOAD":"1"',
    '"webfetch":"deny"',
    '"websearch":"deny"',
  ],
  openhands: [
    '"LITELLM_LOCAL_MODEL_COST_MAP":"True"',
    '"LITELLM_TELEMETRY":"False"',
    '"POSTHOG_DISABLED":"1"',
    '"OTEL_SDK_DISABLED":"true"',
  ],
  'mini-swe-agent': ['"LITELLM_LOCAL_MODEL_COST_MAP":"True"', '"LITELLM_TELEMETRY":"False"'],
}

test('telemetry, updates and web tools are off', () => {
  expect(Object.keys(OFF).sort()).toEqual(installed.map(({ name }) => name).sort())
  for (const [name, settings] of Object.entries(OFF)) {
    for (const wanted of settings) expect(textOf(name), name).toContain(wanted)
  }
})

test('what an agent is mounted at fits where its loader names it', () => {
  for (const { installation } of installed) {
    expect(installation.mountPath.length).toBeLessThanOrEqual(25)
  }
})

test('scripts that several agents build with are the same for all of them', () => {
  for (const script of ['own-loader.sh', 'own-python.sh']) {
    const copies = installed
      .filter(({ installation }) => readdirSync(installation.folder).includes(script))
      .map(({ installation }) => readFileSync(join(installation.folder, script), 'utf8'))
    expect(copies.length).toBeGreaterThan(1)
    expect(new Set(copies).size).toBe(1)
  }
})

test('the agent `command` needs its command', () => {
  const command = INSTALLED_AGENTS.find(({ name }) => name === 'command')
  expect(command?.start(setting).command).toEqual([
    'sh',
    '-c',
    "run '/var/tmp/home/instruction.md'",
  ])
  expect(() => command?.start({ ...setting, parameters: {} })).toThrow(/parameters\.command/)
})
