/** Round numbers on a logarithmic axis, at most eight: 1, 2 and 5 of each power of ten, or less. */
export function dollarTicks(scale: { domain(): number[] }): number[] {
  const [low = 1, high = 1] = scale.domain()
  const powers = Array.from(
    { length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
    (_, at) => 10 ** (Math.floor(Math.log10(low)) + at),
  )
  for (const steps of [[1, 2, 5], [1, 3], [1]]) {
    const ticks = powers
      .flatMap((power) => steps.map((step) => Number((power * step).toPrecision(1))))
      .filter((tick) => tick >= low && tick <= high)
    if (ticks.length <= 8 && ticks.length > 0) return ticks
  }
  return [low, high]
}
