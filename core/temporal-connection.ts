import { Connection } from '@temporalio/client'

/** gRPC's own is two minutes: so much longer would a server seem away that was away for long. */
const RECONNECT = {
  'grpc.initial_reconnect_backoff_ms': 500,
  'grpc.max_reconnect_backoff_ms': 5_000,
}

/**
 * A client's connection to the Temporal server, found again within seconds whenever it is back.
 *
 * @throws when it does not answer now.
 */
export const connectTemporal = (address: string): Promise<Connection> =>
  Connection.connect({ address, channelArgs: RECONNECT })
