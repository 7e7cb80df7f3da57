import { readFileSync } from 'node:fs'

export function loadParcels(file) {
  const parcels = JSON.parse(readFileSync(file, 'utf8'))
  return new Map(parcels.map((parcel) => [parcel.id, parcel]))
}
