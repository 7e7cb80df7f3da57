import type { Verdict } from '../coordinator/contract/outcome.ts'
import { findChecks } from './checks.ts'
import { primaryReward, readRewards } from './rewards.ts'

/** Changes with everything that can change a score: verdicts of two versions do not compare. */
export const GRADER_VERSION = '1'

const FULL_MARKS = 1_000_000
const OUTPUT_CHARACTERS = 2_000

/** The files of `/logs/verifier` that count; everything else there is for people. */
export const VERDICT_FILES = ['reward.json', 'reward.txt', 'reward-details.json', 'ctrf.json']

export interface VerdictSources {
  /** Of {@link VERDICT_FILES}, those that were written. */
  readonly files: ReadonlyMap<string, Buffer>
  /** What the verifier printed; shown, never read for a score. */
  readonly output: string
  /** What else a reader of the score should know. */
  readonly warnings: readonly string[]
}

/** @throws Failure `verifier.failed` when the files hold no score. */
export function verdictOf({ files, output, warnings }: VerdictSources): Verdict {
  const textOf = (name: string) => files.get(name)?.toString('utf8') ?? null
  const rewards = readRewards(textOf('reward.json'), textOf('reward.txt'))
  const details = textOf('reward-details.json')
  const found = findChecks({ details, ctrf: textOf('ctrf.json'), rewards })
  const reward = primaryReward(rewards)
  const outside = reward < 0 || reward > 1
  const clamped = outside ? [`The reward ${reward} is outside of 0 to 1 and was clamped.`] : []
  const scoreMicros = Math.round(Math.min(1, Math.max(0, reward)) * FULL_MARKS)
  return {
    scoreMicros,
    pass: scoreMicros === FULL_MARKS,
    rewards: rewards.byKey,
    checks: found.checks,
    warnings: [...rewards.warnings, ...clamped, ...found.warnings, ...warnings],
    graderVersion: GRADER_VERSION,
    output: output.slice(-OUTPUT_CHARACTERS),
  }
}
