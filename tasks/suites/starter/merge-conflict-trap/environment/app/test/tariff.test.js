import assert from 'node:assert/strict'
import { test } from 'node:test'

import { basePrice } from '../src/tariff.js'

test('a band includes its limit', () => {
  assert.equal(basePrice(2, 'home'), 480)
  assert.equal(basePrice(2.001, 'home'), 640)
})

test('nothing above 31.5 kilograms is carried', () => {
  assert.throws(() => basePrice(31.6, 'abroad'), /too heavy/)
})
