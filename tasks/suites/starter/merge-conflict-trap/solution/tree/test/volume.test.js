import assert from 'node:assert/strict'
import { test } from 'node:test'

import { chargeable, isBulky } from '../src/volume.js'

test('a light but large parcel is charged by its volume', () => {
  assert.equal(chargeable({ weight: 1500, length: 60, width: 50, height: 20 }), 12_000)
})

test('a small but heavy parcel is charged by its weight', () => {
  assert.equal(chargeable({ weight: 15_000, length: 20, width: 20, height: 20 }), 15_000)
})

test('what is longer than 120 centimetres is bulky', () => {
  assert.equal(isBulky({ length: 121, width: 5, height: 5 }), true)
  assert.equal(isBulky({ length: 120, width: 120, height: 120 }), false)
})
