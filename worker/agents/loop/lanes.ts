/**
 * Which of a turn's calls wait for which: those of one lane go one after another in the model's
 * order, since each may need what the one before did; lanes, and calls without one, go at once.
 */
export function lanesOf<Call extends { readonly lane: string | null }>(
  calls: readonly Call[],
): Call[][] {
  const lanes = new Map<string, Call[]>()
  const alone: Call[][] = []
  for (const call of calls) {
    if (call.lane === null) {
      alone.push([call])
      continue
    }
    const lane = lanes.get(call.lane)
    if (lane === undefined) lanes.set(call.lane, [call])
    else lane.push(call)
  }
  return [...lanes.values(), ...alone]
}
