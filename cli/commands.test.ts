import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { FAILURES } from '../core/failure.ts'
import { ALL_COMMANDS, COMMAND_GROUPS } from './commands.ts'
import { completionScript } from './completion-script.ts'
import { flagsOf } from './flag.ts'
import { referencePage } from './reference-page.ts'
import { typeLine } from './testing-shell.ts'

const run = promisify(execFile)

test.for(ALL_COMMANDS.map((each) => [each.words.join(' '), each] as const))(
  'sbench %s says what it is, takes --json, and shows an example of itself',
  async ([words, each]) => {
    expect(each.summary).toMatch(/^[A-Z].*\.$/)
    expect(each.flags.shape).toHaveProperty('json')
    expect(each.examples.some(({ line }) => line.includes(`sbench ${words}`))).toBe(true)
    const { exitCode, stdout } = await typeLine([...each.words, '--help'])
    expect(exitCode).toBe(0)
    for (const { line } of each.examples) expect(stdout).toContain(line)
  },
)

test('every flag of every command says what it does', () => {
  const mute = ALL_COMMANDS.flatMap(({ words, flags }) =>
    flagsOf(flags)
      .filter(({ summary }) => summary === '')
      .map(({ option }) => `${words.join(' ')} ${option}`),
  )
  expect(mute).toEqual([])
})

test('no two commands are typed alike', () => {
  const typed = ALL_COMMANDS.map(({ words }) => words.join(' '))
  expect(new Set(typed).size).toBe(typed.length)
})

test('docs/cli.md is what the commands say of themselves', async () => {
  await expect(referencePage(COMMAND_GROUPS)).toMatchFileSnapshot('../docs/cli.md')
})

test('docs/failures.md has exactly the codes, retries and exit codes of the table', () => {
  const page = readFileSync(new URL('../docs/failures.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `([a-z.-]+)` \| (\d+) \| (yes|no) \| \S/gm)]
  const documented = rows.map(([, code, exitCode, retry]) => [code, Number(exitCode), retry])
  const table = Object.entries(FAILURES).map(([code, { exitCode, retry }]) => [
    code,
    exitCode,
    retry ? 'yes' : 'no',
  ])
  expect(documented.sort()).toEqual(table.sort())
})

test('help loads nothing that talks to a server', async () => {
  const refuse = [
    "import { registerHooks } from 'node:module'",
    'registerHooks({ load(url, context, next) {',
    '  if (/@temporalio|@nats-io|@clickhouse|dockerode/.test(url)) throw new Error(url)',
    '  return next(url, context)',
    '} })',
  ].join('\n')
  const preload = `data:text/javascript,${encodeURIComponent(refuse)}`
  const sbench = (...line: string[]) =>
    run(nodePath(), ['--import', preload, join(import.meta.dirname, 'main.ts'), ...line])
  expect((await sbench('--help')).stdout).toContain('Usage: sbench')
  expect((await sbench('completion', 'bash')).stdout).toContain('_sbench')
})

test('the bash script is valid, and completes words, flags and fixed values', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sbench-completion-'))
  try {
    const script = join(folder, 'sbench.bash')
    await writeFile(script, completionScript('bash', ALL_COMMANDS))
    await run('bash', ['-n', script])
    const complete = async (...words: string[]) => {
      const line = words.map((word) => `'${word}'`).join(' ')
      const probe = `source ${script}; COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _sbench; echo "\${COMPREPLY[*]}"`
      return (await run('bash', ['-c', probe])).stdout.trim().split(' ')
    }
    expect(await complete('sbench', 'sw')).toEqual(['sweep'])
    expect(await complete('sbench', 'sweep', 'pa')).toEqual(['pause'])
    expect(await complete('sbench', 'up', '--no')).toEqual(['--no-install'])
    expect(await complete('sbench', 'sql', '--format', 'c')).toEqual(['csv'])
    expect(await complete('sbench', 'completion', 'z')).toEqual(['zsh'])
    expect(await complete('sbench', 'sweep', 'pause', 'latest', '--j')).toEqual(['--json'])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.for(['zsh', 'fish'] as const)('the %s script names every command', (shell) => {
  const script = completionScript(shell, ALL_COMMANDS)
  for (const { words } of ALL_COMMANDS) expect(script).toContain(words.at(-1))
})

/** The Node that npm scripts run on; tests may themselves run on another one. */
const nodePath = (): string => join(import.meta.dirname, '../node_modules/node/bin/node')
