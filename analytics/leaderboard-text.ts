import { sliceText } from './analysis/analysis-text.ts'
import { boardNotes, boardText } from './analysis/board-text.ts'
import { pairsText } from './analysis/pairs-text.ts'
import type { Leaderboard } from './leaderboard.ts'
import { FIXED_NOTE, stopText } from './stopping/stop-text.ts'

export interface LeaderboardTextOptions {
  /** Show the interval of these tasks only, beside the one over tasks like these. */
  readonly theseTasks?: boolean
}

/** Both boards as plain text for a terminal; every interval says what it is. */
export function leaderboardText(boards: Leaderboard, options: LeaderboardTextOptions = {}): string {
  const { sweep, passFail, partialCredit, dimensions, slices, comparisons } = boards
  const title = `${sweep.name}, ${sweep.suite} ${sweep.suiteVersion}`
  const stop = stopLines(boards)
  return [
    ...(stop.length === 0 ? [] : [...stop, '']),
    ...boardText(`Pass/fail: ${title}`, passFail, { measure: 'pass rate', ...options }),
    '',
    ...boardText(`Partial credit: ${title}`, partialCredit, { measure: 'score', ...options }),
    '',
    ...dimensions.flatMap(({ dimension, entries }) => [
      ...boardText(`${dimension}: ${title}`, entries, { measure: dimension, ...options }),
      '',
    ]),
    ...comparisons.flatMap(({ pairs, ...facts }) => [...pairsText(pairs, facts), '']),
    ...slices.flatMap((slice) => [...sliceText(slice), '']),
    ...boardNotes([...passFail, ...partialCredit]),
    ...(options.theseTasks === true && sweep.stopped !== null ? [FIXED_NOTE] : []),
  ].join('\n')
}

/** Of a sweep that may stop early, what that made of it; empty for the others. */
export function stopLines({ sweep, stopping }: Pick<Leaderboard, 'sweep' | 'stopping'>): string[] {
  const { status, stopped } = sweep
  return stopText({ status, stopped, intervals: stopping })
}
