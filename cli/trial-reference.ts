import { Failure } from '../core/failure.ts'
import { isTrialId, type TrialId } from '../core/ids.ts'

export const TRIAL_ARGUMENT = { summary: 'an id that `sbench trial list` printed' } as const

/** @throws Failure `trial.not-found` on what cannot be a trial's id. */
export function trialReference(typed: string): TrialId {
  const id = typed.toLowerCase()
  if (isTrialId(id)) return id
  const message = `"${typed}" is no trial's id: those have 32 hex digits. See \`sbench trial list\`.`
  throw new Failure('trial.not-found', message, { facts: { trial: typed } })
}
