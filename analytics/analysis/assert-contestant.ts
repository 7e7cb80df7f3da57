import { Failure } from '../../core/failure.ts'
import { nearestName } from '../../core/nearest.ts'
import type { Results } from '../results/results.ts'

/** @throws Failure `input.invalid` for a baseline that is no contestant. */
export function assertContestant(baseline: string | undefined, { contestants }: Results): void {
  const names = contestants.map(({ name }) => name)
  if (baseline === undefined || names.includes(baseline)) return
  const near = nearestName(baseline, names)
  const hint =
    near === undefined ? `There are: ${names.slice(0, 20).join(', ')}.` : `Is it ${near}?`
  throw new Failure('input.invalid', `--baseline: no contestant is called ${baseline}. ${hint}`)
}
