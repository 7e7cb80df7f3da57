import assert from 'node:assert/strict'
import { test } from 'node:test'

import { settingsFrom } from '../src/settings.js'

test('a flag wins over the profile, a profile over the defaults', () => {
  assert.equal(settingsFrom({ profile: 'partner' }).insuredFrom, 1000)
  assert.equal(settingsFrom({ profile: 'partner', fuel: 0.06 }).fuel, 0.06)
  assert.equal(settingsFrom({ profile: 'winter' }).fuel, 0.1)
  assert.equal(settingsFrom({}).insuredFrom, 500)
})

test('an unknown profile is refused', () => {
  assert.throws(() => settingsFrom({ profile: 'autumn' }), /no profile autumn/)
})
