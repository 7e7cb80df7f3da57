import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { readConfig } from '../src/config.js'
import { createService } from '../src/service.js'

let base
const service = createService(readConfig({ PORT: '0', CARRIER_TIMEOUT_MS: '50' }))

before(async () => {
  await new Promise((resolve) => service.server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${service.server.address().port}`
})
after(() => service.close())

const post = (path, body, headers = {}) => fetch(base + path, { method: 'POST', body: JSON.stringify(body), headers })

test('whoever logs in is known until they log out', async () => {
  const { token } = await (await post('/login', { name: 'Ada' })).json()
  const headers = { Authorization: `Bearer ${token}` }
  assert.equal((await (await fetch(`${base}/me`, { headers })).json()).name, 'Ada')
  assert.equal((await post('/logout', {}, headers)).status, 204)
  assert.equal((await fetch(`${base}/me`, { headers })).status, 401)
})

test('a stream tells of events of its parcel', async () => {
  const answer = await fetch(`${base}/parcels/MS-1002/events`)
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  await reader.read()
  await post('/parcels/MS-1001/events', { status: 'lost' })
  await post('/parcels/MS-1002/events', { status: 'delivered' })
  assert.match((await reader.read()).value, /"MS-1002","status":"delivered"/)
  await reader.cancel()
})

test('a long poll answers with the next event, or not at all', async () => {
  assert.equal((await fetch(`${base}/parcels/MS-1003/next?ms=10`)).status, 204)
  const next = fetch(`${base}/parcels/MS-1003/next?ms=5000`)
  const telling = setInterval(() => post('/parcels/MS-1003/events', { status: 'found' }), 20)
  assert.deepEqual(await (await next).json(), { parcel: 'MS-1003', status: 'found' })
  clearInterval(telling)
})

test('estimates are asked for once', async () => {
  const ask = () => fetch(`${base}/parcels/MS-1004/eta?to=Wien`)
  assert.equal((await ask()).headers.get('x-cache'), 'miss')
  const again = await ask()
  assert.equal(again.headers.get('x-cache'), 'hit')
  assert.deepEqual(await again.json(), { parcel: 'MS-1004', to: 'Wien', days: 4 })
})

test('a silent carrier is given up on', async () => {
  assert.equal((await fetch(`${base}/parcels/MS-1004/eta?to=XX-1`)).status, 504)
})

test('a label that the client has is not sent again', async () => {
  const label = await fetch(`${base}/parcels/MS-1001/label`)
  assert.match(await label.text(), /Graz/)
  const headers = { 'If-None-Match': label.headers.get('etag') }
  assert.equal((await fetch(`${base}/parcels/MS-1001/label`, { headers })).status, 304)
  assert.equal((await fetch(`${base}/parcels/MS-1003/label`)).status, 404)
})
