import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keptFrom, promptLimit, transcriptOf } from './compaction.ts'
import { conversationOf, promptTokens, tokensOfTurn } from './conversation.ts'
import type { LogEntry } from './log-entry.ts'
import { promptOf } from './prompt.ts'

/** A history of one call a turn, with results of the given lengths. */
function history(lengths: readonly number[], inputTokens: number | null = null): LogEntry[] {
  return lengths.flatMap((length, index): LogEntry[] => {
    const at = { turn: index + 1, call: 0 }
    const part = { type: 'tool-call', id: 'c', name: 'bash', input: '{}' } as const
    return [
      {
        type: 'answered',
        turn: at.turn,
        parts: [part],
        finish: 'tool-calls',
        inputTokens,
        outputTokens: 1,
      },
      { type: 'call-started', ...at },
      { type: 'call-ended', ...at, text: 'x'.repeat(length), failed: false, meta: {} },
    ]
  })
}

const lengths = fc.array(fc.nat(60_000), { minLength: 1, maxLength: 30 })

test('what stays word for word fits its share, is the end of the history, and never all of it', () => {
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1_000, max: 100_000 }), (sizes, limit) => {
      const conversation = conversationOf(history(sizes))
      const kept = keptFrom(conversation, limit)
      expect(kept).toBeGreaterThan(1)
      const staying = conversation.turns.filter(({ turn }) => turn >= kept)
      const tokens = staying.map(tokensOfTurn).reduce((sum, one) => sum + one, 0)
      expect(tokens).toBeLessThanOrEqual(limit / 4)
      const before = conversation.turns.find(({ turn }) => turn === kept - 1)
      if (before !== undefined && kept > 2) {
        expect(tokens + tokensOfTurn(before)).toBeGreaterThan(limit / 4)
      }
    }),
  )
})

test('what is summed up fits the window, whatever the history', () => {
  fc.assert(
    fc.property(lengths, (sizes) => {
      const conversation = conversationOf(history(sizes))
      const transcript = transcriptOf(conversation, { before: 31, limitTokens: 2_000 })
      expect(transcript.length).toBeLessThan(6_100)
    }),
  )
})

test('after it, the prompt begins with the task and the summary, and every result has its call', () => {
  fc.assert(
    fc.property(lengths, (sizes) => {
      const turn = sizes.length
      const log = history(sizes)
      const kept = keptFrom(conversationOf(log), 30_000)
      const compacted = {
        type: 'compacted',
        turn,
        summary: 'SUM',
        keptFrom: kept,
        tokensBefore: 1,
      } as const
      const conversation = conversationOf([...log, compacted])
      const prompt = promptOf({ system: 's', instruction: 'TASK' }, conversation)
      expect(prompt.map(({ role }) => role).slice(0, 3)).toEqual(['system', 'user', 'user'])
      expect(JSON.stringify(prompt[1])).toContain('TASK')
      expect(JSON.stringify(prompt[2])).toContain('SUM')
      const roles = prompt.slice(3).map(({ role }) => role)
      expect(roles).toEqual(conversation.turns.flatMap(() => ['assistant', 'tool']))
      expect(conversation.turnCount).toBe(turn)
    }),
  )
})

test('the size of a prompt is what the provider counted and an estimate of what came since', () => {
  expect(promptTokens(conversationOf(history([3_500], 40_000)), 9)).toBe(40_001 + 1_000 + 8)
  const unknown = promptTokens(conversationOf(history([3_500])), 500)
  expect(unknown).toBeGreaterThan(1_500)
  expect(unknown).toBeLessThan(1_600)
})

test('the limit leaves room for the answer, and never more than a quarter of the window', () => {
  expect(promptLimit({ contextTokens: 100_000 }, 10_000)).toBe(81_000)
  expect(promptLimit({ contextTokens: 100_000 }, 90_000)).toBe(67_500)
  expect(promptLimit(null, undefined)).toBe(86_400)
})
