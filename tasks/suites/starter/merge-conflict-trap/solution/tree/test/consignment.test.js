import assert from 'node:assert/strict'
import { test } from 'node:test'

import { consign } from '../src/consignment.js'
import { DEFAULTS } from '../src/settings.js'

const parcel = (id, kilograms, zone = 'home') => ({ id, zone, weight: 1000 * kilograms, value: 0, length: 20, width: 20, height: 20 })

test('parcels go together up to 30 kilograms', () => {
  const [first, second] = consign([parcel('A', 12), parcel('B', 18), parcel('C', 1)], DEFAULTS)
  assert.deepEqual(first.parcels, ['A', 'B'])
  assert.equal(first.weight_kg, 30)
  assert.deepEqual(second.parcels, ['C'])
})

test('zones are kept apart', () => {
  const consignments = consign([parcel('A', 1), parcel('B', 1, 'abroad'), parcel('C', 1)], DEFAULTS)
  assert.deepEqual(consignments.map(({ parcels }) => parcels.join()), ['A,C', 'B'])
})

test('from the second parcel on each is 50 cents off', () => {
  const [{ total }] = consign([parcel('A', 1), parcel('B', 1)], DEFAULTS)
  assert.equal(total, 2 * (480 + 36) - 50)
})
