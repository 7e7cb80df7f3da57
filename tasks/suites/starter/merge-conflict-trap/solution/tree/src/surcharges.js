import { ferry, onIsland } from './islands.js'
import { isBulky } from './volume.js'

/** What comes on top of the base price, in cents. */
export const SURCHARGES = [
  {
    name: 'fuel',
    applies: () => true,
    amount: (parcel, base, settings) => Math.round(base * settings.fuel),
  },
  {
    name: 'insurance',
    applies: (parcel, settings) => parcel.value > settings.insuredFrom,
    amount: () => 300,
  },
  { name: 'ferry', applies: onIsland, amount: ferry },
  { name: 'bulky', applies: isBulky, amount: () => 900 },
]
