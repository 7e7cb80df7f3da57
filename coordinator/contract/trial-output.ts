import type { PersistResultInput } from './activities.ts'
import type { Outcome } from './outcome.ts'

/** What a trial's workflow hands to its shard. */
export interface TrialOutput {
  readonly outcome: Outcome
  /** For the shard to store; absent where the trial has stored it, before revision 4. */
  readonly result?: Omit<PersistResultInput, 'trial'>
}
