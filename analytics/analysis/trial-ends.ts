import type { Results } from '../results/results.ts'
import { MICRO } from '../statistics/task-cell.ts'
import type { PhaseTimes, TrialEnds } from './analysis-document.ts'

/** How each contestant's planned trials ended, every one in one class; null when failures are not known. */
export function trialEnds({ contestants, passes, missing, failures }: Results): TrialEnds[] | null {
  if (failures === null) return null
  const width = passes.tasks.length
  return contestants.map(({ name }, at) => {
    const sum = (values: ArrayLike<number>) => {
      let total = 0
      for (let cell = at * width; cell < (at + 1) * width; cell++) total += values[cell] ?? 0
      return total
    }
    const ends = {
      passed: Math.round(sum(passes.sum) / MICRO),
      nearMiss: sum(failures.nearMiss),
      wrong: sum(failures.wrong),
      agentTimeout: sum(failures.agentTimeout),
      agentError: sum(failures.agentError),
      budget: sum(failures.budget),
      infraFailed: sum(missing.infraFailed),
      ungraded: sum(missing.ungraded),
      cancelled: sum(missing.cancelled),
      unfinished: sum(missing.unfinished),
    }
    const planned = Object.values(ends).reduce((total, trials) => total + trials, 0)
    return { contestant: name, planned, ...ends }
  })
}

/** Where attempts spent their time, of the contestants of which it is known; null when of none. */
export function phaseTimes({ contestants }: Results): PhaseTimes[] | null {
  const known = contestants.flatMap(({ name, phases }): PhaseTimes[] => {
    if (phases === null) return []
    const total = phases.reduce((sum, { totalSeconds }) => sum + totalSeconds, 0)
    const shares = phases.map(({ attempts: _, ...times }) => ({
      ...times,
      share: total === 0 ? null : times.totalSeconds / total,
    }))
    return [{ contestant: name, attempts: phases[0]?.attempts ?? 0, phases: shares }]
  })
  return known.length === 0 ? null : known
}
