/** What comes on top of the base price, in cents. */
export const SURCHARGES = [
  {
    name: 'fuel',
    applies: () => true,
    amount: (parcel, base, settings) => Math.round((base * settings.fuel) / 100),
  },
  {
    name: 'insurance',
    applies: (parcel, settings) => parcel.value > settings.insuredFrom,
    amount: () => 300,
  },
]
