import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseParcel } from '../src/parcel.js'

const raw = { id: 'P1', zone: 'home', weight_kg: 4.2, length: 40, width: 30, height: 20 }

test('a parcel without a value is worth nothing', () => {
  assert.equal(parseParcel(raw).value, 0)
})

test('a parcel weighs something', () => {
  assert.throws(() => parseParcel({ ...raw, weight_kg: 0 }), /weight_kg must be above 0/)
})

test('a parcel has three sides', () => {
  assert.throws(() => parseParcel({ ...raw, width: undefined }), /P1: width/)
})
