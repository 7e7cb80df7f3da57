import { SURCHARGES } from './surcharges.js'
import { basePrice } from './tariff.js'
import { chargeable, isBulky } from './volume.js'

const VALID_DAYS = 14

/** What one parcel costs, and why, and until when we stand by it. */
export function quote(parcel, settings, today = new Date()) {
  const base = basePrice(chargeable(parcel), parcel.zone)
  const surcharges = SURCHARGES.filter(({ applies }) => applies(parcel, settings))
    .map(({ name, amount }) => ({ name, amount: amount(parcel, base, settings) }))
  const total = surcharges.reduce((sum, { amount }) => sum + amount, base)
  return { id: parcel.id, base, bulky: isBulky(parcel), surcharges, total, validUntil: inDays(today, VALID_DAYS) }
}

function inDays(date, days) {
  return new Date(date.getTime() + days * 86_400_000).toISOString().slice(0, 10)
}
