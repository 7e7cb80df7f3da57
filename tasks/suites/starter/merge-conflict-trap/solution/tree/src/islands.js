/** Islands are reached by ferry, and ferries burn twice what vans do. */
export function onIsland(parcel) {
  return parcel.zone === 'islands'
}

export function ferry(parcel, base, settings) {
  const fuel = Math.round(base * settings.fuel)
  return 350 + 2 * fuel
}
