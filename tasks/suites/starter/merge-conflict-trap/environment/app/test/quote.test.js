import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseParcel } from '../src/parcel.js'
import { quote } from '../src/quote.js'
import { DEFAULTS } from '../src/settings.js'

const parcel = (more) =>
  parseParcel({ id: 'P1', zone: 'home', weight_kg: 4, length: 20, width: 20, height: 20, ...more })

test('a quote adds the surcharges to the base price', () => {
  assert.equal(quote(parcel(), DEFAULTS).total, 640 + 48)
})

test('dear parcels are insured', () => {
  const { surcharges } = quote(parcel({ value: 501 }), DEFAULTS)
  assert.deepEqual(surcharges.map(({ name }) => name), ['fuel', 'insurance'])
})
