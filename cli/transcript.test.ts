import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TrajectoryEvent } from '../core/trajectory.ts'
import { lineDiff } from './line-diff.ts'
import { toolInputLines } from './tool-input-text.ts'
import { Transcript } from './transcript.ts'
import type { NumberedEvent } from './trial-events.ts'

function eventOf(
  kind: TrajectoryEvent['kind'],
  { body = '', turn = 1, tool = '', meta = {} }: Partial<TrajectoryEvent> = {},
): NumberedEvent {
  const ts = '2026-01-01T00:00:00.000Z'
  return { attempt: 1, seq: 0, ts, kind, turn, tool, body, meta }
}

const told = (events: readonly NumberedEvent[], full = false): string => {
  const transcript = new Transcript({ full })
  return events.flatMap((event) => transcript.lines(event)).join('\n')
}

const CALL = {
  call: 3,
  model: 'lab/fast',
  end: 'answered',
  status: 200,
  inputTokens: 12_345,
  cachedInputTokens: 10_000,
  outputTokens: 240,
  costMicros: 21_000,
  answerMs: 3_100,
  waitedMs: 2_000,
  retries: 1,
}

test('a turn is told with its call, its words, its tools and what they answered', () => {
  const text = told([
    eventOf('phase', { turn: 0, tool: 'agent' }),
    eventOf('message', { turn: 0, body: 'Mend the build.', meta: { role: 'user' } }),
    eventOf('model-part', { body: 'never shown' }),
    eventOf('model-call', { meta: CALL }),
    eventOf('message', { body: 'I look first.', meta: { role: 'assistant' } }),
    eventOf('tool-call', { tool: 'bash', body: '{"command":"ls -a\\npwd"}', meta: { call: 'a' } }),
    eventOf('tool-result', {
      tool: 'bash',
      body: 'src\n',
      meta: { call: 'a', exitCode: 0, durationMs: 1_200 },
    }),
  ])
  expect(text.split('\n')).toEqual([
    '',
    '=== attempt 1',
    '· agent',
    'to the agent',
    '  Mend the build.',
    '',
    '--- turn 1',
    '~ call 3 of lab/fast, 12.3k in (10k cached), 240 out, cost $0.021, 3.1 s, waited 2.0 s, 1 retry',
    'agent',
    '  I look first.',
    '▸ bash',
    '  $ ls -a',
    '    pwd',
    '◂ bash, exit 0, 1.2 s',
    '  src',
  ])
})

test('a call that was not answered, and a cost that is unknown, say so', () => {
  const { costMicros: _, inputTokens: __, ...rest } = CALL
  const text = told([eventOf('model-call', { meta: { ...rest, end: 'failed', status: 529 } })])
  expect(text).toContain('failed (529), tokens unknown, cost unknown')
})

test('long output is cut in the middle, unless all of it is asked for', () => {
  const body = Array.from({ length: 100 }, (_, index) => `line ${index}`).join('\n')
  const events = [eventOf('tool-result', { tool: 'bash', body })]
  expect(told(events)).toMatch(/line 11\n {2}… 80 more lines …\n {2}line 92/)
  expect(told(events, true)).toContain('line 50')
})

test('what a new process of the worker wrote again is told once', () => {
  const call = eventOf('tool-call', { tool: 'bash', body: 'make', meta: { call: 'a' } })
  const again = { ...call, meta: { ...call.meta, again: true } }
  expect(told([call, again])).toBe(told([call]))
  expect(told([again])).toContain('make')
})

test('an agent without a log is told by what its model answered', () => {
  const said = {
    reasoning: 'hm',
    text: 'I try.',
    toolCalls: [{ id: 'a', name: 'shell', input: '{"command":["ls","-l"]}' }],
  }
  const transcript = new Transcript({ full: false, spoken: new Map([[3, said]]) })
  const text = transcript.lines(eventOf('model-call', { meta: CALL })).join('\n')
  expect(text).toMatch(/thinking\n {2}hm\nagent\n {2}I try\.\n▸ shell\n {2}\$ ls -l/)
})

test.for([
  [{ file_path: '/a.ts', old_string: 'one\ntwo\n', new_string: 'one\n2\n' }],
  [{ path: '/a.ts', old_str: 'one\ntwo', new_str: 'one\n2', command: 'str_replace' }],
  [{ action: 'replace', path: '/a.ts', old_text: 'one\ntwo', new_text: 'one\n2' }],
  [{ file_path: '/a.ts', edits: [{ old_string: 'one\ntwo', new_string: 'one\n2' }] }],
])('an edit is shown as a diff, in whatever words the agent writes it: %j', ([input]) => {
  expect(toolInputLines(JSON.stringify(input))).toEqual(['/a.ts', ' one', '-two', '+2'])
})

test('a new file is all new, a patch is a patch, and anything else is its fields', () => {
  expect(toolInputLines('{"path":"/b","content":"x\\ny\\n"}')).toEqual(['/b', '+x', '+y'])
  const patch = '*** Begin Patch\n*** End Patch'
  expect(toolInputLines(JSON.stringify({ input: patch }))).toEqual(patch.split('\n'))
  expect(toolInputLines('{"query":"a\\nb","limit":3}')).toEqual(['query: a', '  b', 'limit: 3'])
  expect(toolInputLines('{"command": unfinished')).toEqual(['{"command": unfinished'])
})

test('a diff gives back both of its sides', () => {
  const line = fc.constantFrom('a', 'b', 'c', 'd')
  const text = fc.array(line, { minLength: 1, maxLength: 12 }).map((lines) => lines.join('\n'))
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = lineDiff(before, after)
      const side = (mark: string) =>
        lines
          .filter((each) => each.startsWith(' ') || each.startsWith(mark))
          .map((each) => each.slice(1))
      expect(side('-').join('\n')).toBe(before)
      expect(side('+').join('\n')).toBe(after)
    }),
  )
})
