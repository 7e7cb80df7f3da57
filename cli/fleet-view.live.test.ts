import { Kvm } from '@nats-io/kv'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FLEET_BUCKET, type NodePresence } from '../coordinator/contract/fleet.ts'
import { NatsServer } from '../test/support/nats-server.ts'
import { FleetView } from './fleet-view.ts'

let server: NatsServer
let nats: NatsConnection

beforeAll(async () => {
  server = await NatsServer.start()
  nats = await connect({ servers: server.url })
})
afterAll(async () => {
  await nats?.close()
  await server?.[Symbol.asyncDispose]()
})

const presence = (node: string): NodePresence => ({
  node,
  boot: 'boot',
  host: 'host',
  startedAt: new Date().toISOString(),
  draining: false,
  cpus: 2,
  memoryMb: 1_024,
  slots: 2,
  running: [],
})

test('who asks for the living nodes at once hears of all that said so before', async () => {
  const bucket = await new Kvm(nats).create(FLEET_BUCKET, { history: 1 })
  for (const node of ['a', 'b', 'c']) await bucket.put(node, JSON.stringify(presence(node)))
  await using view = new FleetView(nats)
  expect((await view.living()).map(({ node }) => node)).toEqual(['a', 'b', 'c'])
})

test('a fleet without nodes is known to be one after a while', async () => {
  await using view = new FleetView(nats, 'empty-fleet')
  expect(await view.living(300)).toEqual([])
})
