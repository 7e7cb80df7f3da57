import { expect, test } from 'vitest'
import { z } from 'zod'
import { FAILURES, Failure, type FailureCode } from '../core/failure.ts'
import { command } from './command.ts'
import { typeLine } from './testing-shell.ts'

const failing = (error: unknown) =>
  command({
    words: ['fail'],
    summary: 'Fails.',
    args: {},
    flags: {},
    examples: [{ line: 'sbench fail', does: 'fail' }],
    run: async () => {
      throw error
    },
  })

const typed = (one: ReturnType<typeof command>, ...line: string[]) =>
  typeLine([...one.words, ...line], { groups: [{ heading: 'Test', about: {}, commands: [one] }] })

test('a command that fails ends with the exit code that the table has for it', async () => {
  for (const code of Object.keys(FAILURES) as FailureCode[]) {
    const ran = await typed(failing(new Failure(code, 'It failed.')))
    expect(ran).toEqual({
      exitCode: FAILURES[code].exitCode,
      stdout: '',
      stderr: `error (${code}): It failed.\n`,
    })
  }
})

test('with --json, a failure is the one document on stdout', async () => {
  const failure = new Failure('sweep.not-found', 'No such sweep.', { facts: { sweep: 'x' } })
  const ran = await typed(failing(failure), '--json')
  expect(JSON.parse(ran.stdout)).toEqual({
    error: { code: 'sweep.not-found', message: 'No such sweep.', facts: { sweep: 'x' } },
  })
  expect(ran).toMatchObject({ exitCode: 3, stderr: '' })
})

test('a failure after the answer leaves the document on stdout alone', async () => {
  const answersThenFails = command({
    words: ['late'],
    summary: 'Answers, then fails.',
    args: {},
    flags: {},
    examples: [{ line: 'sbench late', does: 'both' }],
    async run(_input, { output }) {
      output.answer({ answer: 42 }, () => 'forty-two')
      throw new Failure('sweep.unfinished', 'Some are missing.')
    },
  })
  const ran = await typed(answersThenFails, '--json')
  expect(JSON.parse(ran.stdout)).toEqual({ answer: 42 })
  expect(ran.stderr).toContain('Some are missing.')
  expect(ran.exitCode).toBe(5)
})

test('anything that is not a Failure is shown as a bug, with its stack', async () => {
  const ran = await typed(failing(new TypeError('x is not a function')))
  expect(ran.exitCode).toBe(70)
  expect(ran.stderr).toMatch(/this is a bug[\s\S]*TypeError: x is not a function\n\s+at /)
})

test('arguments and flags reach the command in the types that it declares', async () => {
  const seen: unknown[] = []
  const takesAll = command({
    words: ['take'],
    summary: 'Takes everything.',
    args: {
      first: { summary: 'one' },
      rest: { summary: 'more', variadic: true },
    },
    flags: {
      slowStart: z.boolean().default(false),
      install: z.boolean().default(true),
      level: z.coerce.number().default(3),
      format: z.enum(['a', 'b']).default('a'),
    },
    examples: [{ line: 'sbench take 1 2', does: 'take' }],
    run: async (input) => void seen.push(input),
  })
  await typed(takesAll, 'x', 'y', 'z', '--slow-start', '--no-install', '--level', '7')
  await typed(takesAll, 'x', 'y')
  expect(seen).toEqual([
    {
      args: { first: 'x', rest: ['y', 'z'] },
      flags: { slowStart: true, install: false, level: 7, format: 'a', json: false },
    },
    {
      args: { first: 'x', rest: ['y'] },
      flags: { slowStart: false, install: true, level: 3, format: 'a', json: false },
    },
  ])
})

test('all malformed flags are reported at once, as they are typed', async () => {
  const ran = await typeLine(['up', '--workers', 'many'])
  expect(ran.exitCode).toBe(2)
  const two = await typeLine(['worker', '--cpus', '-1', '--join', 'nowhere'])
  expect(two.stderr).toMatch(/2 problems[\s\S]*--join = "nowhere"[\s\S]*--cpus = "-1"/)
})

test('a slip in a word or a flag is answered with what was probably meant', async () => {
  const word = await typeLine(['sweep', 'wach'])
  expect(word).toMatchObject({ exitCode: 2, stdout: '' })
  expect(word.stderr).toContain('Did you mean watch?')
  const flag = await typeLine(['sweep', 'watch', 'latest', '--jsn'])
  expect(flag.stderr).toMatch(/Did you mean --json\?[\s\S]*sbench sweep watch --help/)
})

test('help goes to stdout when asked for, to stderr when something is missing', async () => {
  const asked = await typeLine(['--help'])
  expect(asked).toMatchObject({ exitCode: 0, stderr: '' })
  const missing = await typeLine(['sweep'])
  expect(missing).toMatchObject({ exitCode: 2, stdout: '' })
  expect(missing.stderr).toContain('Usage: sbench sweep')
})
