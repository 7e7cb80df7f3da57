const SIDES = ['length', 'width', 'height']

/** A parcel as it was handed in. Weight in kilograms, sides in centimetres, value in euros. */
export function parseParcel(raw) {
  const { id, zone, value = 0 } = raw
  if (typeof id !== 'string' || id === '') throw new TypeError('a parcel needs an id')
  if (typeof zone !== 'string') throw new TypeError(`${id}: zone is missing`)
  const parcel = { id, zone, value, weight: positive(raw.weight_kg, `${id}: weight_kg`) }
  for (const side of SIDES) parcel[side] = positive(raw[side], `${id}: ${side}`)
  return parcel
}

function positive(value, what) {
  if (typeof value !== 'number' || !(value > 0)) throw new TypeError(`${what} must be above 0`)
  return value
}
