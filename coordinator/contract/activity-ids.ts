/** Ids of a trial's activities: they say to those who look from outside which attempt is concerned. */
export const runActivityId = (attempt: number): string => `run-${attempt}`
export const gradeActivityId = (attempt: number, grading: number): string =>
  `grade-${attempt}-${grading}`

/** @returns null for an activity that has no such id. */
export function attemptOfActivity(id: string): number | null {
  const digits = /^(?:run|grade)-(\d+)/.exec(id)?.[1]
  return digits === undefined ? null : Number(digits)
}
