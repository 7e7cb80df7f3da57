import { Kvm } from '@nats-io/kv'
import { connect } from '@nats-io/transport-node'
import { expect, test } from 'vitest'
import { silentLog } from '../core/log.ts'
import { NatsServer } from '../test/support/nats-server.ts'
import { FLEET_BUCKET } from './contract/fleet.ts'
import { FleetFeed } from './fleet-feed.ts'

const PATIENT = { timeout: 15_000, interval: 50 }

test('hears nodes, knows when it is deaf, and hears again from a NATS that lost its data', async () => {
  await using server = await NatsServer.start()
  const nats = await connect({
    servers: server.url,
    reconnectTimeWait: 100,
    maxReconnectAttempts: -1,
  })
  const heard: string[] = []
  const gone: string[] = []
  {
    await using feed = new FleetFeed({
      nats,
      onPresence: ({ node }) => void heard.push(node),
      onGone: (node) => void gone.push(node),
      log: silentLog,
      echoMs: 50,
      deafAfterMs: 500,
    })
    await expect.poll(() => feed.hears, PATIENT).toBe(true)
    const bucket = await new Kvm(nats).create(FLEET_BUCKET, { history: 1 })
    await bucket.put('n1', JSON.stringify({ node: 'n1' }))
    await bucket.delete('n1')
    await expect.poll(() => [heard, gone], PATIENT).toEqual([['n1'], ['n1']])

    await server.kill()
    await server.wipe()
    await expect.poll(() => feed.hears, PATIENT).toBe(false)
    await server.resume()
    await expect.poll(() => feed.hears, PATIENT).toBe(true)
    const anew = await new Kvm(nats).create(FLEET_BUCKET, { history: 1 })
    await anew.put('n2', JSON.stringify({ node: 'n2' }))
    await expect.poll(() => heard, PATIENT).toEqual(['n1', 'n2'])
  }
  await nats.close()
})
