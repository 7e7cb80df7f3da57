import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ferry, onIsland } from '../src/islands.js'

test('only islands need a ferry', () => {
  assert.equal(onIsland({ zone: 'islands' }), true)
  assert.equal(onIsland({ zone: 'home' }), false)
})

test('a ferry burns twice the fuel', () => {
  assert.equal(ferry({ zone: 'islands' }, 760, { fuel: 0.075 }), 350 + 2 * 57)
})
