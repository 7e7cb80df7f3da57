/** A duration in the two units that matter: `45 s`, `3 m 05 s`, `2 h 10 m`, `4 d 03 h`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  if (minutes === 0) return `${seconds} s`
  if (hours === 0) return `${minutes} m ${two(seconds % 60)} s`
  if (days === 0) return `${hours} h ${two(minutes % 60)} m`
  return `${days} d ${two(hours % 24)} h`
}

const two = (value: number): string => String(value).padStart(2, '0')

const WRITTEN = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)?\s*$/
const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 }

/** `90s`, `10min`, `1.5h`, or plain seconds, as milliseconds; null for anything else. */
export function parseDuration(written: string | number): number | null {
  const match = WRITTEN.exec(String(written))
  if (match === null) return null
  const unit = (match[2] ?? 's') as keyof typeof UNITS_MS
  const ms = Math.round(Number(match[1]) * UNITS_MS[unit])
  return Number.isSafeInteger(ms) && ms > 0 ? ms : null
}
