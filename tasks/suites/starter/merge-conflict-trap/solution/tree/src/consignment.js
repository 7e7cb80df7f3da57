import { quote } from './quote.js'

/** One consignment is what one courier takes along at once, in grams. */
const MOST = 30_000

const OFF_PER_PARCEL = 50

/**
 * Puts parcels for one zone together, in the order given, as long as they weigh no more than a courier
 * can take. A parcel that is heavier by itself goes alone. From the second parcel on each is 50 cents off.
 */
export function consign(parcels, settings) {
  const consignments = []
  const open = new Map()

  for (const parcel of parcels) {
    let current = open.get(parcel.zone)
    if (!current || current.weight + parcel.weight > MOST) {
      current = { zone: parcel.zone, parcels: [], weight: 0, total: 0 }
      consignments.push(current)
      open.set(parcel.zone, current)
    }
    const off = current.parcels.length > 0 ? OFF_PER_PARCEL : 0
    current.parcels.push(parcel.id)
    current.weight += parcel.weight
    current.total += quote(parcel, settings).total - off
  }

  return consignments.map(({ weight, ...rest }) => ({ ...rest, weight_kg: weight / 1000 }))
}
