/**
 * What may differ between two runs of the same agent that do the same: each rule is a pattern and
 * the word that takes its place. Few and plain on purpose, since whatever is normalised is no
 * longer compared.
 */
export const NORMALISATIONS: readonly {
  readonly what: string
  readonly pattern: RegExp
  readonly word: string
}[] = [
  {
    what: 'what Codex tells its vendor of the session, in no order',
    pattern: /"client_metadata":\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}/g,
    word: '"client_metadata":<of the session>',
  },
  { what: "numbers of Codex's outputs", pattern: /\b(Chunk ID: )[0-9a-f]{6}\b/g, word: '$1<hex>' },
  { what: 'numbers of processes', pattern: /\b(P(?:G|P)?ID[:=] ?)\d+/gi, word: '$1<pid>' },
  { what: 'keys of the gateway', pattern: /sbench-[A-Za-z0-9_-]{8,}/g, word: '<key>' },
  {
    what: 'UUIDs: sessions, users, messages',
    pattern: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi,
    word: '<id>',
  },
  {
    what: 'ids with a prefix that an agent or a vendor made up',
    pattern:
      /\b(?:toolu|call|fc|ctc|msg|resp|rs|req|gen|chatcmpl|session|user|thread)[_-][A-Za-z0-9_-]{6,}/g,
    word: '<id>',
  },
  {
    what: 'dates and times of ISO 8601',
    pattern: /\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)?(?:Z|[+-]\d{2}:?\d{2})?/g,
    word: '<time>',
  },
  {
    what: 'dates in words, as `date` and `ls` write them',
    pattern:
      /\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? +)?(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? +\d{1,2}|\d{1,2} +(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*)(?:,? +\d{4})?\b/g,
    word: '<time>',
  },
  {
    what: 'times of day',
    pattern: /\b\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AP]M)?(?: UTC)?(?: \d{4})?\b/g,
    word: '<time>',
  },
  {
    what: 'seconds or milliseconds since 1970',
    pattern: /\b1[5-9]\d{8}(?:\d{3})?(?:\.\d+)?\b/g,
    word: '<time>',
  },
  {
    what: 'how long something took',
    pattern: /\b(?:\d+m)?\d+(?:\.\d+)? ?(?:ms|s|secs?|seconds?|µs|us|ns)\b/g,
    word: '<time>',
  },
  { what: 'paths below /tmp', pattern: /\/tmp\/[^\s"'\\,;:)\]}]*/g, word: '/tmp/<path>' },
  {
    what: 'ports of this machine',
    pattern: /(127\.0\.0\.1|localhost):\d{2,5}/g,
    word: '$1:<port>',
  },
  {
    what: 'digests, commits, trial ids, names of containers',
    pattern: /\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,128}\b/g,
    word: '<hex>',
  },
]

/** A request's body without what differs from run to run. */
export function normaliseRequest(body: string): string {
  return NORMALISATIONS.reduce((text, { pattern, word }) => text.replaceAll(pattern, word), body)
}

const CONTEXT = 60

/** Where two texts part, with what stands there; null when they are the same. */
export function firstDifference(recorded: string, now: string): string | null {
  if (recorded === now) return null
  let at = 0
  while (at < recorded.length && recorded[at] === now[at]) at += 1
  const from = Math.max(0, at - CONTEXT)
  const show = (text: string) => JSON.stringify(text.slice(from, at + CONTEXT))
  return `at character ${at}, recorded ${show(recorded)}, now ${show(now)}`
}
