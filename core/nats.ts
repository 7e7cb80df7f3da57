import { connect, type NatsConnection } from '@nats-io/transport-node'

export type { NatsConnection } from '@nats-io/transport-node'

/** A connection that is made as soon as the server is there, and made again for ever. */
export function connectNats(url: string, name: string): Promise<NatsConnection> {
  return connect({
    servers: url,
    name,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    reconnectJitter: 250,
    pingInterval: 10_000,
    maxPingOut: 2,
  })
}

/** Sends what waits and closes; a connection whose server is away is closed as it is. */
export async function closeNats(nats: NatsConnection): Promise<void> {
  try {
    await nats.drain()
  } catch {
    await nats.close()
  }
}
