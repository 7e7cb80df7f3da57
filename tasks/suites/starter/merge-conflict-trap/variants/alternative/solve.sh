#!/bin/bash
# Resolves by hand and commits; the other units are mended in commits of their own on top.
set -eu
cd /app
resolve() { python3 /solution/resolve.py "$@"; }
resolve keep-both CHANGELOG.md
resolve theirs README.md
sed -i 's/quote \[--fuel FRACTION\]/quote [--fuel FRACTION] [--profile NAME] [--today DATE]/' README.md
resolve keep-both src/surcharges.js
resolve ours src/quote.js
sed -i 's/basePrice(parcel.weight, /basePrice(chargeable(parcel), /; s/id: parcel.id, base, /&bulky: isBulky(parcel), /' src/quote.js
git commit -qam 'Merge bulky-goods into main'

sed -i 's|(length \* width \* height) / CM3_PER_KG|Math.ceil((length * width * height * 1000) / CM3_PER_KG)|' src/volume.js
sed -i 's/weight: 1.5/weight: 1500/; s/}), 12)/}), 12000)/; s/weight: 15,/weight: 15000,/; s/}), 15)/}), 15000)/' test/volume.test.js
sed -i 's/current.weight + parcel.weight > MOST/current.weight + parcel.weight > 1000 * MOST/; s/weight_kg: weight }/weight_kg: Number((weight \/ 1000).toFixed(3)) }/' src/consignment.js
sed -i "s/({ id, zone, weight, value/({ id, zone, weight: weight * 1e3, value/" test/consignment.test.js
git commit -qam 'Count volumes and consignments in grams'

sed -i 's|  const fuel = Math.round.*|  const fuel = SURCHARGES_FUEL(base, settings)|; s|^/\*\* Islands|const SURCHARGES_FUEL = (base, { fuel }) => Math.round(fuel * base)\n\n&|' src/islands.js
sed -i 's/fuel: 7.5/fuel: 0.075/' test/islands.test.js
python3 - <<'PY'
import json
profiles = json.load(open('data/profiles.json'))
for profile in profiles.values():
    profile['fuel'] /= 100
json.dump(profiles, open('data/profiles.json', 'w'), indent=2)
PY
git commit -qam 'Rates are fractions for ferries and profiles too'
