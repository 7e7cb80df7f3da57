// up to this many kilograms: this many cents
const TARIFF = {
  home: [[2, 480], [5, 640], [10, 880], [20, 1280], [31.5, 1760]],
  abroad: [[2, 1240], [5, 1680], [10, 2360], [20, 3640], [31.5, 5200]],
}

/** What it costs to carry this weight, before surcharges. */
export function basePrice(weight, zone) {
  const bands = TARIFF[zone]
  if (!bands) throw new RangeError(`no tariff for zone ${zone}`)
  const band = bands.find(([limit]) => weight <= limit)
  if (!band) throw new RangeError('too heavy')
  return band[1]
}
