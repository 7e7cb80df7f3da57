/** `2026-01-31T12:00:00.123Z` as ClickHouse reads and writes UTC times: `2026-01-31 12:00:00.123`. */
export function clickHouseTime(iso: string): string {
  if (WITH_MILLISECONDS.test(iso)) return `${iso.slice(0, 10)} ${iso.slice(11, 23)}`
  return new Date(iso).toISOString().replace('T', ' ').replace('Z', '')
}

/** As `Date` writes them; the rest of ISO 8601 takes ten times as long. */
const WITH_MILLISECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
