import { Failure } from '../core/failure.ts'

/** What an argument says of a sweep. */
export const SWEEP_ARGUMENT = {
  summary: 'an id that `sbench run` printed, the beginning of one, a name, or latest',
} as const

export interface KnownSweep<Id extends string = string> {
  readonly sweep: Id
  readonly name: string
}

/**
 * The sweep that is meant: by its id, the beginning of one, its name (the latest that has it), or
 * `latest`. Ids go before names.
 *
 * @param known sweeps whose id or name may be meant; UUIDv7s sort by time of submission.
 * @throws Failure `sweep.not-found`, also when several ids begin so.
 */
export function chooseSweep<Id extends string>(
  reference: string,
  known: readonly KnownSweep<Id>[],
): Id {
  const facts = { sweep: reference }
  const ids = [...new Set(known.map(({ sweep }) => sweep))].sort()
  const latest = ids.at(-1)
  if (reference === 'latest') {
    if (latest !== undefined) return latest
    const message = 'There is no sweep yet. Start one: sbench run --suite starter --agent oracle'
    throw new Failure('sweep.not-found', message, { facts })
  }
  const typed = reference.toLowerCase()
  const [match, ...others] = typed === '' ? [] : ids.filter((id) => id.startsWith(typed))
  if (match !== undefined && others.length === 0) return match
  const named = known.filter(({ name }) => name === reference).map(({ sweep }) => sweep)
  const latestNamed = named.sort().at(-1)
  if (latestNamed !== undefined) return latestNamed
  const message =
    match === undefined
      ? `No sweep's id begins with "${reference}", and none is called so. See \`sbench sweep list\`.`
      : `"${reference}" begins the ids of ${others.length + 1} sweeps: ` +
        `${[match, ...others].slice(0, 5).join(', ')}. Write more of it.`
  throw new Failure('sweep.not-found', message, { facts })
}
