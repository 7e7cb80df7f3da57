import type { RunningCommand } from '../../../sandbox/running-command.ts'
import type { TrialAccess } from '../../gateway/trial-access.ts'

/** Why an agent was stopped from outside. */
export type StopReason = 'time' | 'turns' | 'access'

export interface Stop extends Disposable {
  /** Null while nobody stopped it. */
  readonly reason: StopReason | null
  because(reason: StopReason): void
}

/** From asking it to end to ending it. */
const GRACE_MS = 3_000

/** Stops an agent when its time is over or its model answers no more: first kindly, then for good. */
export function watchForStop(
  command: RunningCommand,
  { signal, access }: { signal: AbortSignal; access: Pick<TrialAccess, 'signal'> | null },
): Stop {
  const over = new AbortController()
  let reason: StopReason | null = null
  let killing: NodeJS.Timeout | undefined
  const kill = (how: 'SIGTERM' | 'SIGKILL') => {
    // A command that is gone with its sandbox needs no killing.
    command.kill(how).catch(() => undefined)
  }
  const because = (why: StopReason) => {
    if (reason !== null) return
    reason = why
    kill('SIGTERM')
    killing = setTimeout(() => {
      kill('SIGKILL')
      command.abandon()
    }, GRACE_MS)
  }
  const on = (source: AbortSignal | undefined, why: StopReason) => {
    if (source?.aborted) because(why)
    source?.addEventListener('abort', () => because(why), { once: true, signal: over.signal })
  }
  on(signal, 'time')
  on(access?.signal, 'access')
  return {
    get reason() {
      return reason
    },
    because,
    [Symbol.dispose]() {
      over.abort()
      clearTimeout(killing)
    },
  }
}
