import { z } from 'zod'

/** A flag that takes a whole number within bounds, with one message for all that it can not be. */
export function wholeNumber(from: number, to: number) {
  const remedy = `write a whole number from ${from} to ${to}`
  return z.coerce.number(remedy).int(remedy).min(from, remedy).max(to, remedy)
}

/** A flag that takes a number above zero. */
export function positiveNumber() {
  const remedy = 'write a number above 0'
  return z.coerce.number(remedy).positive(remedy)
}
