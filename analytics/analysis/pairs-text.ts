import { aligned, percent, points, pText, ruleUnder } from '../text/figures.ts'
import type { Pair } from './analysis-document.ts'

/** Rows of a table of pairs that a terminal takes; the JSON document has all. */
const SHOWN = 100

/**
 * Pairs of a board as plain text, with what their columns are.
 *
 * @param label of the board. @param level of its intervals.
 */
export function pairsText(
  pairs: readonly Pair[],
  { label, level }: { readonly label: string; readonly level: number },
): string[] {
  if (pairs.length === 0) return []
  const [one] = pairs
  const margin = one?.equivalence?.margin
  const simultaneous = pairs.some((pair) => pair.simultaneous !== null)
  const checks = pairs.some((pair) => pair.signFlip !== null)
  const head = [
    'first – second',
    'points',
    'interval',
    ...(simultaneous ? ['all at once'] : []),
    'p',
    'Holm p',
    ...(checks ? ['signs p'] : []),
    ...(margin === undefined ? [] : [`within ${percent(margin)}`]),
    'tasks',
    'verdict',
  ]
  const rows = pairs
    .slice(0, SHOWN)
    .map((pair) => [
      `${pair.first} – ${pair.second}`,
      pair.difference === null ? '–' : points(pair.difference),
      endsText(pair),
      ...(simultaneous ? [endsText(pair.simultaneous)] : []),
      pText(pair.p),
      pText(pair.adjustedP),
      ...(checks ? [pText(pair.signFlip?.p ?? null)] : []),
      ...(margin === undefined ? [] : [pText(pair.equivalence?.adjustedP ?? null)]),
      `${pair.tasks}`,
      pair.verdict === 'undecided' ? 'undecided' : `first is ${pair.verdict}`,
    ])
  const right = new Set(head.flatMap((title, at) => (LEFT.has(title) ? [] : [at])))
  const [titles = '', ...lines] = aligned([head, ...rows], right)
  const coverage = Number((level * 100).toFixed(3))
  return [
    `Differences in ${label}, in points`,
    `${coverage}% paired t intervals over tasks like these; verdicts by Holm over ${pairs.length === 1 ? 'this pair' : `${pairs.length} pairs`}`,
    '',
    titles,
    ruleUnder(titles),
    ...lines,
    ...(pairs.length > SHOWN ? [`… ${pairs.length - SHOWN} more pairs: --json has all`] : []),
    ...alarmsOf(pairs),
  ]
}

const LEFT = new Set(['first – second', 'interval', 'all at once', 'verdict'])

function endsText(
  ends: { readonly low: number | null; readonly high: number | null } | null,
): string {
  if (ends === null || ends.low === null || ends.high === null) return '–'
  return `${points(ends.low)} to ${points(ends.high)}`
}

function alarmsOf(pairs: readonly Pair[]): string[] {
  const alarms = pairs.flatMap(({ first, second, missingAlarm }) =>
    missingAlarm === null ? [] : [`! ${first} – ${second}: ${missingAlarm}`],
  )
  const more = alarms.length > 5 ? [`! and ${alarms.length - 5} more pairs like these`] : []
  return [...alarms.slice(0, 5), ...more]
}
