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
