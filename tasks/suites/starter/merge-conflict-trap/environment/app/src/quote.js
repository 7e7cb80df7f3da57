import { SURCHARGES } from './surcharges.js'
import { basePrice } from './tariff.js'

/** What one parcel costs, and why. */
export function quote(parcel, settings) {
  const base = basePrice(parcel.weight, parcel.zone)
  const surcharges = SURCHARGES.filter(({ applies }) => applies(parcel, settings))
    .map(({ name, amount }) => ({ name, amount: amount(parcel, base, settings) }))
  const total = surcharges.reduce((sum, { amount }) => sum + amount, base)
  return { id: parcel.id, base, surcharges, total }
}
