import { z } from 'zod'
import { wholeNumber } from './number-flag.ts'
import { addressFlags } from './stack-flags.ts'

/** Settings of the long-running processes; what is absent is read from the environment. */
export const processFlags = {
  ...addressFlags,
  port: wholeNumber(0, 65_535)
    .optional()
    .meta({ description: 'port of its operations page (SBENCH_HTTP_PORT)', value: 'n' }),
  host: z
    .string()
    .optional()
    .meta({ description: 'address to listen on (SBENCH_HTTP_HOST)', value: 'address' }),
  data: z.string().optional().meta({
    description: 'folder for what it keeps (SBENCH_DATA)',
    value: 'folder',
  }),
}

type ProcessFlags = { readonly [Name in keyof typeof processFlags]?: string | number | undefined }

/** As the processes' environment names them. */
export function processEnvironment(flags: ProcessFlags): Record<string, string | undefined> {
  const { temporal, nats, clickhouse, port, host, data } = flags
  return {
    SBENCH_TEMPORAL_ADDRESS: text(temporal),
    SBENCH_NATS_URL: text(nats),
    SBENCH_CLICKHOUSE_URL: text(clickhouse),
    SBENCH_HTTP_PORT: text(port),
    SBENCH_HTTP_HOST: text(host),
    SBENCH_DATA: text(data),
  }
}

const text = (value: string | number | undefined): string | undefined =>
  value === undefined ? undefined : String(value)
