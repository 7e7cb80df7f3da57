import { setTimeout as sleep } from 'node:timers/promises'
import type { TokenUsage } from '../../../core/model-call.ts'
import type { Access } from '../access.ts'
import { affordableOutput, costMicros, mostMicros } from '../cost.ts'
import type { Need, Reservation } from '../trial-ledger.ts'

/** How soon to look whether another call of the attempt has left something over. */
const LOOK_AGAIN_MS = 50

/** What a call may use, set aside before it is made. */
export interface Funds {
  /** At most what was asked for. */
  readonly outputTokens: number
  /** What was used in the end; null when nobody knows, which counts as all of it. Once. */
  settle(usage: TokenUsage | null): void
  /** Nothing was used; does nothing to what is settled. */
  release(): void
}

/**
 * Sets aside the worst case of a call within the limits of its trial and the budget of its sweep.
 *
 * @returns why there is not enough, as a sentence, when there is not and will not be.
 * @throws Failure `model.provider-failed` when the sweep's budget cannot be checked.
 */
export async function reserveFunds(
  access: Access,
  need: Need,
  signal: AbortSignal,
): Promise<Funds | string> {
  const own = await reserveOwn(access, need, signal)
  if (typeof own === 'string') return own
  const { ledger } = access
  const { budget, price } = access.parts
  if (budget === null || price === null) {
    return once({
      outputTokens: own.outputTokens,
      settle: (usage) => ledger.settle(own, usage),
      release: () => ledger.release(own),
    })
  }
  const { inputTokens } = need
  const leastMicros = mostMicros({ inputTokens, outputTokens: need.leastOutputTokens }, price)
  const granted = await budget
    .reserve({ micros: own.costMicros, leastMicros }, signal)
    .catch((error: unknown) => {
      ledger.release(own)
      throw error
    })
  if (granted === null) {
    ledger.release(own)
    return 'The budget of the sweep is spent.'
  }
  return once({
    outputTokens: Math.min(own.outputTokens, affordableOutput(granted, inputTokens, price)),
    settle: (usage) => {
      ledger.settle(own, usage)
      budget.settle(granted, costMicros(usage, price) ?? granted)
    },
    release: () => {
      ledger.release(own)
      budget.settle(granted, 0)
    },
  })
}

/** Funds that are settled or released once, whichever comes first. */
function once({ outputTokens, settle, release }: Funds): Funds {
  let isOpen = true
  const close = (work: () => void) => {
    if (isOpen) work()
    isOpen = false
  }
  return {
    outputTokens,
    settle: (usage) => close(() => settle(usage)),
    release: () => close(release),
  }
}

async function reserveOwn(
  { ledger }: Access,
  need: Need,
  signal: AbortSignal,
): Promise<Reservation | string> {
  for (;;) {
    const decision = ledger.reserve(need)
    if (decision.kind === 'granted') return decision.reservation
    if (decision.kind === 'over') return decision.message
    await sleep(LOOK_AGAIN_MS, undefined, { signal })
  }
}
