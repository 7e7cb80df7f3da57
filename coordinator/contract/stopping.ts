import type { Digest, SweepId } from '../../core/ids.ts'

/** When a sweep may stop before its plan is done; fixed when it is submitted. */
export interface StopRule {
  /** Names of contestants: each of the firsts is compared with the second. */
  readonly firsts: readonly string[]
  readonly second: string
  readonly measure: 'pass' | 'score'
  readonly method: 'confidence-sequence' | 'obrien-fleming'
  /** Confidence of all comparisons together, as a fraction: 0.95 is 95 %. */
  readonly level: number
  /** Smallest difference that matters, as a fraction; null when any does. */
  readonly margin: number | null
  /** Rounds before the first stop; at least 2. */
  readonly minRounds: number
  /** Rounds of the plan when it was submitted; an extension changes no rule. */
  readonly maxRounds: number
  /** Planned looks; 0 for a confidence sequence, which looks after every round. */
  readonly looks: number
  /** Stop too when further seeds would narrow the interval over tasks like these by less than 10 %. */
  readonly precise: boolean
  /** Millionths of a US dollar: no round starts that would likely go beyond; null is unlimited. */
  readonly budgetMicros: number | null
}

/** `decided` is of several comparisons that ended in different ways. */
export const STOP_REASONS = ['different', 'equivalent', 'precise', 'decided', 'budget'] as const
export type StopReason = (typeof STOP_REASONS)[number]

export interface LookInput {
  readonly sweep: SweepId
  readonly manifest: Digest
  /** From 1: the round that has just ended, and with it all before. */
  readonly round: number
}

export interface LookOutput {
  readonly stop: {
    readonly reason: StopReason
    /** The plan cut to the rounds that have ended. */
    readonly manifest: Digest
  } | null
}

/** That a sweep's rule has said stop. */
export interface EarlyStop {
  readonly round: number
  readonly reason: StopReason
  /**
   * Trials that were in the plan until then: no longer planned, so not missing either. None when the
   * last round decided.
   */
  readonly leftOut: number
}
