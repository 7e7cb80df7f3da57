import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../../core/failure.ts'
import {
  agentRun,
  MemoryCheckpoint,
  openAccess,
  runToEnd,
} from '../../../test/support/agent-in-sandbox.ts'
import { type Played, PlayedCommand, sandboxPlaying } from '../../../test/support/played-command.ts'
import type { NewEvent } from '../agent.ts'
import { codex } from './codex/codex.ts'
import { commandAgent } from './command.ts'
import { installedAgent } from './installed-agent.ts'

const agent = installedAgent(codex)
const line = (value: object) => `${JSON.stringify(value)}\n`
const item = (type: string, id: string, rest: object) => line({ type, item: { id, ...rest } })
const turn = (n: number) =>
  item('item.started', `i${n}`, { type: 'command_execution', command: `step ${n}` }) +
  item('item.completed', `i${n}`, {
    type: 'command_execution',
    command: `step ${n}`,
    aggregated_output: `è${n}`,
    exit_code: 0,
  })
const DONE = line({ type: 'turn.completed' })

const play = (played: Played, options: Partial<Parameters<typeof agentRun>[0]> = {}) => {
  const command = new PlayedCommand(played)
  const run = agentRun({ agent: 'codex', sandbox: sandboxPlaying(command), ...options })
  return { command, result: runToEnd(agent, run) }
}
const codeOf = (result: Promise<unknown>) =>
  result.then(
    () => 'no failure',
    (error: unknown) => (error instanceof Failure ? error.code : String(error)),
  )

test('what is told comes over the input: instruction, files and command in one script', async () => {
  const { command, result } = play({ stdout: [DONE] }, { instruction: "Don't." })
  await result
  const [script = '', ...more] = command.input
  expect(more).toEqual([])
  expect(script).toContain("\nDon't.\n")
  expect(script).toContain('base_url = "http://127.0.0.1:4100/v1"')
  expect(script).toMatch(/exec '\/\.sbench\/agents\/codex\/bin\/codex' .* < '.*instruction\.md'\n$/)
})

describe('its end', () => {
  const failing = (exitCode: number, stdout: readonly string[] = []): Played => ({
    stdout,
    stderr: 'the reason\n',
    end: { exitCode, signal: null },
  })

  test('is scored when it ends by itself', async () => {
    const { result } = play({ stdout: [turn(1), DONE] })
    expect((await result).end).toEqual({ outcome: 'scored', detail: '' })
  })

  test('is its own error when it crashes, with what it said last', async () => {
    const { end, events } = await play(failing(3, [turn(1)])).result
    expect(end).toEqual({ outcome: 'agent-error', detail: 'codex ended with 3: the reason' })
    expect(events.at(-1)).toMatchObject({ kind: 'output', body: 'the reason\n' })
  })

  test('is what its log says, when that is worse than how it ended', async () => {
    const failed = line({ type: 'turn.failed', error: { message: 'no answer' } })
    const { end } = await play({ stdout: [turn(1), failed] }).result
    expect(end).toEqual({ outcome: 'agent-error', detail: 'no answer' })
  })

  test('is a fault of ours when it never was the agent', async () => {
    expect(await codeOf(play(failing(97)).result)).toBe('agent.start-failed')
    expect(await codeOf(play(failing(127)).result)).toBe('agent.unsupported-image')
    // What it runs itself may end so too.
    expect((await play(failing(127, [turn(1)])).result).end.outcome).toBe('agent-error')
  })

  test('is its budget when its turns are used up', async () => {
    const stdout = [1, 2, 3, 4].map(turn)
    const { command, result } = play({ stdout, endless: true }, { parameters: { maxTurns: 2 } })
    const { end, events } = await result
    expect(end).toEqual({ outcome: 'budget', detail: 'its turns were used up' })
    expect(command.kills[0]).toBe('SIGTERM')
    expect(events.length).toBeGreaterThan(0)
  })

  test('is its budget when the gateway gives it no more answers, unless that is the provider', async () => {
    const access = openAccess()
    const { result } = play({ stdout: [turn(1)], endless: true }, { access })
    access.finish({ kind: 'budget', message: 'a dollar is spent' })
    expect((await result).end).toEqual({ outcome: 'budget', detail: 'a dollar is spent' })

    const other = openAccess()
    const second = play({ stdout: [turn(1)], endless: true }, { access: other })
    other.finish({ kind: 'provider', message: 'it is down' })
    expect(await codeOf(second.result)).toBe('model.provider-failed')
  })

  test('is a timeout when its time is over', async () => {
    const signal = AbortSignal.abort()
    const { command, result } = play({ stdout: [], endless: true }, { signal })
    expect((await result).end.outcome).toBe('agent-timeout')
    expect(command.kills).toContain('SIGTERM')
  })
})

test('an agent of a sandbox without a way to its model is not started', async () => {
  const { command, result } = play({ stdout: [DONE] }, { access: null })
  expect(await codeOf(result)).toBe('agent.start-failed')
  expect(command.input).toEqual([])
})

test('wherever its worker dies, the next one reads its log on without a gap or a double', async () => {
  const log = [turn(1), turn(2), 'no json\n', turn(3), DONE].join('')
  const whole = (await play({ stdout: [log] }).result).events
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
      fc.nat(20),
      fc.nat(200),
      async (sizes, eventsSeen, saidAgain) => {
        const stdout = piecesOf(log, sizes)
        const checkpoint = new MemoryCheckpoint()
        const seen = await eventsUntilDeath(stdout, { checkpoint, events: eventsSeen })
        const read = Number(((await checkpoint.load()) as { read: number }).read)
        const adopted = new PlayedCommand({ stdout }, Math.max(0, read - saidAgain))
        const run = agentRun({ agent: 'codex', sandbox: sandboxPlaying(adopted), checkpoint })
        const { events, end } = await runToEnd(agent, run)
        const [note, ...rest] = events
        expect(note?.kind).toBe('note')
        expect(end.outcome).toBe('scored')
        // Events of a piece that was being dealt with may come twice, none may be missing.
        const total = [...seen, ...rest]
        expect(withoutRepeats(total)).toEqual(withoutRepeats(whole))
        expect(total.length - whole.length).toBeLessThanOrEqual(seen.length)
      },
    ),
    { numRuns: 60 },
  )
})

test('an agent that was not told all when its worker died is ended and started anew', async () => {
  const checkpoint = new MemoryCheckpoint()
  await checkpoint.save({ command: 'half', told: false, read: 0, rest: '', log: null })
  const half = new PlayedCommand({ stdout: [], endless: true })
  const whole = new PlayedCommand({ stdout: [turn(1), DONE] })
  const run = agentRun({ agent: 'codex', sandbox: sandboxPlaying(whole, half), checkpoint })
  const { events, end } = await runToEnd(agent, run)
  expect(end.outcome).toBe('scored')
  expect(half.kills).toEqual(['SIGKILL'])
  expect(events.map(({ kind }) => kind)).toEqual(['tool-call', 'tool-result'])
})

test('an agent that is gone with what an earlier process started makes a new attempt', async () => {
  const checkpoint = new MemoryCheckpoint()
  await play({ stdout: [turn(1), DONE] }, { checkpoint }).result
  const sandbox = sandboxPlaying(new PlayedCommand({ stdout: [] }), null)
  const run = agentRun({ agent: 'codex', sandbox, checkpoint })
  expect(await codeOf(runToEnd(agent, run))).toBe('sandbox.lost')
})

test('the agent `command` has its lines recorded as they come', async () => {
  const command = new PlayedCommand({ stdout: ['one\ntw', 'o\n{"a":1}\n'] })
  const parameters = { command: 'work {instruction}' }
  const run = agentRun({ agent: 'command', sandbox: sandboxPlaying(command), parameters })
  const { events } = await runToEnd(installedAgent(commandAgent), run)
  expect(events.map(({ kind, body }) => [kind, body])).toEqual([
    ['output', 'one'],
    ['output', 'two'],
    ['output', '{"a":1}'],
  ])
})

function piecesOf(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = []
  for (let at = 0, n = 0; at < text.length; n += 1) {
    const size = sizes[n % sizes.length] ?? 1
    pieces.push(text.slice(at, at + size))
    at += size
  }
  return pieces
}

/** Reads an agent's log until it has given so many events, and then no more. */
async function eventsUntilDeath(
  stdout: readonly string[],
  { checkpoint, events: wanted }: { checkpoint: MemoryCheckpoint; events: number },
): Promise<NewEvent[]> {
  const sandbox = sandboxPlaying(new PlayedCommand({ stdout, endless: true }))
  const running = agent.run(agentRun({ agent: 'codex', sandbox, checkpoint }))
  const seen: NewEvent[] = []
  while (seen.length < Math.min(wanted, 7)) {
    const next = await running.next()
    if (next.done === true) break
    seen.push(next.value)
  }
  if (seen.length === 0) {
    // Dies before the first event, with the command at work.
    await checkpoint.save({
      command: 'command-1',
      told: true,
      read: 0,
      rest: '',
      log: { turn: 0, turnId: '', answered: false, tools: {}, end: null },
    })
  }
  return seen
}

const withoutRepeats = (events: readonly NewEvent[]) => [
  ...new Set(events.map((event) => JSON.stringify(event))),
]
