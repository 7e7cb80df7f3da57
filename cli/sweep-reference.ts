import { Failure } from '../core/failure.ts'

/** What an argument says of a sweep: its id, the beginning of it, or `latest`. */
export const SWEEP_ARGUMENT = {
  summary: 'an id that `sbench run` printed, the beginning of one, or latest',
} as const

/**
 * The sweep that is meant.
 *
 * @param known ids of all sweeps; UUIDv7s sort by time of submission.
 * @throws Failure `sweep.not-found`, also when several begin so.
 */
export function chooseSweep<Id extends string>(reference: string, known: readonly Id[]): Id {
  const facts = { sweep: reference }
  if (known.length === 0) {
    const message = 'There is no sweep yet. Start one: sbench run --suite starter --agent oracle'
    throw new Failure('sweep.not-found', message, { facts })
  }
  const sorted = [...known].sort()
  const latest = sorted.at(-1)
  if (reference === 'latest' && latest !== undefined) return latest
  const typed = reference.toLowerCase()
  const [match, ...others] = typed === '' ? [] : sorted.filter((id) => id.startsWith(typed))
  if (match !== undefined && others.length === 0) return match
  const message =
    match === undefined
      ? `No sweep's id begins with "${reference}". See \`sbench sweep list\`.`
      : `"${reference}" begins the ids of ${others.length + 1} sweeps: ` +
        `${[match, ...others].slice(0, 5).join(', ')}. Write more of it.`
  throw new Failure('sweep.not-found', message, { facts })
}
