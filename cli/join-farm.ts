import { z } from 'zod'
import type { JoinAddresses } from '../coordinator/contract/fleet.ts'
import { Failure, messageOf } from '../core/failure.ts'

const joinSchema = z.object({ temporal: z.string(), nats: z.string(), clickhouse: z.string() })
const TIMEOUT_MS = 10_000

/**
 * Asks a coordinator where the farm's servers are.
 *
 * @throws Failure `stack.part-failed` when it does not answer, or when the farm can only be reached
 * from its own machine while this is another one.
 */
export async function joinFarm(coordinatorUrl: string): Promise<JoinAddresses> {
  const url = new URL('/join', coordinatorUrl)
  const facts = { coordinator: url.origin }
  const addresses = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    .then(async (response) => joinSchema.parse(await response.json()))
    .catch((cause: unknown) => {
      const message = `No coordinator answers at ${url.origin} (${messageOf(cause)}).`
      throw new Failure('stack.part-failed', message, { facts, cause })
    })
  const hosts = [addresses.temporal, addresses.nats].map(hostOf)
  if (!isLoopback(url.hostname) && hosts.some(isLoopback)) {
    const message =
      `The farm of ${url.origin} listens on its own machine only (${addresses.temporal}). ` +
      'Start it with servers that others reach: sbench up --temporal … --nats … --clickhouse …'
    throw new Failure('stack.part-failed', message, { facts })
  }
  return addresses
}

const hostOf = (address: string): string =>
  new URL(address.includes('://') ? address : `tcp://${address}`).hostname

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || host.startsWith('127.')
