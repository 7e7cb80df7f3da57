import { z } from 'zod'

/** Whether system packages may be installed on the way; typed `--no-install`. */
export const installFlag = z
  .boolean()
  .default(true)
  .describe('refuse to install missing system packages')

/** Servers of your own in place of embedded parts. */
export const addressFlags = {
  temporal: z.string().optional().meta({
    description: 'use this Temporal server',
    value: 'host:port',
  }),
  nats: z.string().optional().meta({ description: 'use this NATS server', value: 'url' }),
  clickhouse: z.string().optional().meta({ description: 'use this ClickHouse', value: 'url' }),
}
