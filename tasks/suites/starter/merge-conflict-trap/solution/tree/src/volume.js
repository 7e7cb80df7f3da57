/** Room in a van costs too: 5000 cubic centimetres are charged as a kilogram. */
const GRAMS_PER_CM3 = 1000 / 5000

/** What a parcel counts as on the tariff, in grams: its weight, or its volume where that is more. */
export function chargeable({ weight, length, width, height }) {
  return Math.max(weight, length * width * height * GRAMS_PER_CM3)
}

/** Too long for the belt, so somebody has to carry it. */
export function isBulky({ length, width, height }) {
  return Math.max(length, width, height) > 120
}
