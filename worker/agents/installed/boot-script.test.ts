import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TemporaryFolder } from '../../../tasks/task-fixture.ts'
import { anyCharacter } from '../../../test/support/any-character.ts'
import { BOOT_FAILED, bootScript, quoted } from './boot-script.ts'

const boot = (home: string, instruction: string) =>
  bootScript(
    {
      command: ['sh', '-c', 'cat; printf %s "$1" >&2', 'sh', "a 'word' $HOME"],
      files: { 'sub/config.json': '{"key":"$(id) `id` \'"}' },
    },
    { home, instructionPath: `${home}/instruction.md`, instruction, marker: 'end-of-text' },
  )

test('the agent finds its files as they were given, readable by its user alone, and is told all', async () => {
  await using folder = await TemporaryFolder.with({})
  const home = folder.at("it's here")
  const instruction = 'Make it.\n$HOME `id` \\ end\n\nlast'
  const { stdout, stderr, status } = spawnSync('sh', ['-s'], { input: boot(home, instruction) })
  expect([status, String(stdout), String(stderr)]).toEqual([
    0,
    `${instruction}\n`,
    "a 'word' $HOME",
  ])
  const config = `${home}/sub/config.json`
  expect(readFileSync(config, 'utf8')).toBe('{"key":"$(id) `id` \'"}\n')
  expect(statSync(config).mode & 0o777).toBe(0o600)
  expect(statSync(home).mode & 0o777).toBe(0o700)
})

test('what cannot be written ends the start with a code of its own', () => {
  const { status } = spawnSync('sh', ['-s'], { input: boot('/dev/null/home', 'x') })
  expect(status).toBe(BOOT_FAILED)
})

test('any word is one word of a shell', () => {
  const word = fc.string({ unit: anyCharacter.filter((character) => character !== '\0') })
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), (words) => {
      const script = `printf '%s\\0' ${words.map(quoted).join(' ')}`
      const printed = execFileSync('sh', ['-c', script], { encoding: 'utf8' })
      expect(printed.split('\0')).toEqual([...words, ''])
    }),
    { numRuns: 8 },
  )
})
