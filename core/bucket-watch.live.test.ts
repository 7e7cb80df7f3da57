import { Kvm } from '@nats-io/kv'
import { connect } from '@nats-io/transport-node'
import { expect, test } from 'vitest'
import { NatsServer } from '../test/support/nats-server.ts'
import { BucketWatch } from './bucket-watch.ts'
import { silentLog } from './log.ts'

const PATIENT = { timeout: 20_000, interval: 100 }

test('a bucket is followed again after NATS has lost its data', async () => {
  await using server = await NatsServer.start()
  const nats = await connect({
    servers: server.url,
    reconnectTimeWait: 100,
    maxReconnectAttempts: -1,
  })
  const heard: string[] = []
  {
    await using watch = new BucketWatch({
      ...{ nats, bucket: 'followed', silentMs: 500, log: silentLog },
      onEntry: ({ key }) => void heard.push(key),
    })
    const say = async (node: string): Promise<readonly string[]> => {
      await watch.put(node, '{}').catch(() => undefined)
      return heard
    }
    await expect.poll(() => say('before'), PATIENT).toContain('before')
    await server.kill()
    await server.wipe()
    await server.resume()
    await expect.poll(() => say('after'), PATIENT).toContain('after')
    const bucket = await new Kvm(nats).open('followed')
    expect((await bucket.get('before'))?.string()).toBeUndefined()
  }
  await nats.close()
})
