/** A number of bytes for people, in steps of 1,024: `812 bytes`, `12.3 KB`, `41 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} bytes`
  const step = bytes < 1_024 ** 2 ? 1 : bytes < 1_024 ** 3 ? 2 : 3
  const scaled = bytes / 1_024 ** step
  const digits = scaled < 100 && !Number.isInteger(scaled) ? 1 : 0
  return `${scaled.toFixed(digits)} ${['KB', 'MB', 'GB'][step - 1]}`
}
