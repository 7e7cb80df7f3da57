/** Millionths of a US dollar, the unit in which money is counted. */
export const MICROS_A_DOLLAR = 1_000_000

const WRITTEN = /^\s*\$?\s*(\d+(?:\.\d{1,6})?)\s*(?:usd)?\s*$/i

/** `50usd`, `$50`, `0.5` and the number 50 as millionths of a US dollar; null for anything else. */
export function parseDollars(written: string | number): number | null {
  const match = WRITTEN.exec(String(written))
  const micros = Math.round(Number(match?.[1]) * MICROS_A_DOLLAR)
  return match !== null && Number.isSafeInteger(micros) && micros > 0 ? micros : null
}

/** Cents where they say enough, else as many digits as the amount has; `unknown` is not nothing. */
export function dollarsText(micros: number | null): string {
  if (micros === null) return 'unknown'
  const dollars = micros / MICROS_A_DOLLAR
  if (micros === 0 || dollars >= 1) return `$${dollars.toFixed(2)}`
  return `$${dollars.toFixed(dollars >= 0.01 ? 3 : 6)}`
}
