import type { TrialLine } from '../analytics/read-trials.ts'
import { Failure } from '../core/failure.ts'
import { scoreText } from './score-text.ts'
import { textTable } from './text-table.ts'

/** How a replayed trial went beside the one that was recorded. */
export interface ReplayedTrial {
  readonly trial: string
  readonly contestant: string
  readonly task: string
  readonly seed: number
  /** The agent asked for the same, call by call. */
  readonly same: boolean
  readonly score: number | null
  readonly recordedScore: number | null
  /** The first difference, or why there is no result; empty when it is the same. */
  readonly difference: string
}

/** A trial, and how often it asked a model. */
export type CountedLine = Pick<
  TrialLine,
  'trial' | 'contestant' | 'task' | 'seed' | 'outcome' | 'score' | 'detail'
> & { readonly calls: number }

/**
 * Compares replayed trials with recorded ones. The gateway refuses a call that asks for anything else,
 * so what is left to see is a replay without a result, or one that asked less often.
 */
export function replayedTrials(
  replayed: readonly CountedLine[],
  recorded: readonly CountedLine[],
): ReplayedTrial[] {
  const before = new Map(recorded.map((line) => [keyOf(line), line]))
  return replayed.map((line) => {
    const { trial, contestant, task, seed, score } = line
    const original = before.get(keyOf(line)) ?? null
    const difference = differenceOf(line, original)
    const recordedScore = original?.score ?? null
    const same = difference === ''
    return { trial, contestant, task, seed, same, score, recordedScore, difference }
  })
}

function differenceOf(line: CountedLine, original: CountedLine | null): string {
  if (line.score === null) return line.detail === '' ? (line.outcome ?? 'no result') : line.detail
  if (original === null || original.calls === line.calls) return ''
  return `it asked the model ${line.calls} times, and ${original.calls} times when it was recorded`
}

const keyOf = ({ contestant, task, seed }: CountedLine): string =>
  JSON.stringify([contestant, task, seed])

export function replayTable(trials: readonly ReplayedTrial[]): string[] {
  const rows = trials.map(({ contestant, task, seed, same, score, recordedScore }) => [
    contestant,
    task,
    String(seed),
    same ? 'same' : 'DIFFERS',
    scoreText(score),
    scoreText(recordedScore),
  ])
  const differences = trials
    .filter(({ same }) => !same)
    .flatMap(({ trial, contestant, task, seed, difference }) => [
      `  ${contestant} on ${task}, seed ${seed}:`,
      ...difference.split('\n').map((line) => `    ${line}`),
      `    sbench trial show ${trial}`,
    ])
  return [
    ...textTable(
      [
        { title: 'contestant' },
        { title: 'task' },
        { title: 'seed', align: 'right' },
        { title: 'calls' },
        { title: 'score', align: 'right' },
        { title: 'recorded', align: 'right' },
      ],
      rows,
    ),
    ...(differences.length === 0 ? [] : ['', ...differences]),
  ]
}

/** @throws Failure `replay.differs` unless every trial asked for the same. */
export function assertSame(trials: readonly ReplayedTrial[]): void {
  const different = trials.filter(({ same }) => !same)
  if (different.length === 0) return
  const message = `${different.length} of ${trials.length} replayed trials did not go as recorded.`
  throw new Failure('replay.differs', message, {
    facts: { different: different.length, trials: trials.length },
  })
}
