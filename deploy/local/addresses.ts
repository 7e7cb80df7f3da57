import { z } from 'zod'

/** Servers of your own in place of embedded parts. */
export const externalSchema = z.object({
  /** `host:port` of a Temporal frontend. */
  temporal: z.string().optional(),
  /** For example `nats://nats.internal:4222`. */
  nats: z.string().optional(),
  /** For example `http://clickhouse.internal:8123`. */
  clickhouse: z.string().optional(),
})
export type External = z.output<typeof externalSchema>

/** Where a running stack is reached. */
export const addressesSchema = z.object({
  /** `host:port` of the gRPC frontend. */
  temporal: z.string(),
  nats: z.string(),
  /** Base address of the HTTP interface. */
  clickhouse: z.string(),
  /** Base addresses of the operations pages; the coordinator's is also the one that nodes join. */
  coordinator: z.string(),
  sink: z.string(),
  workers: z.array(z.string()),
})
export type Addresses = z.output<typeof addressesSchema>

const loopback = (port: number | undefined) => `127.0.0.1:${port}`

/** What a plan's addresses are: the external ones as given, the rest on loopback. */
export function addressesOf(
  ports: Readonly<Record<string, number>>,
  { external, workers }: { readonly external: External; readonly workers: number },
): Addresses {
  return {
    temporal: external.temporal ?? loopback(ports.temporal),
    nats: external.nats ?? `nats://${loopback(ports.nats)}`,
    clickhouse: external.clickhouse ?? `http://${loopback(ports.clickhouse)}`,
    coordinator: `http://${loopback(ports.coordinator)}`,
    sink: `http://${loopback(ports.sink)}`,
    workers: workerNames(workers).map((name) => `http://${loopback(ports[name])}`),
  }
}

/** `worker`, `worker-2`, `worker-3`, … */
export function workerNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    index === 0 ? 'worker' : `worker-${index + 1}`,
  )
}
