import { z } from 'zod'
import { allowedHostMistake } from './allowed-hosts.ts'
import { fillHostVariables, type HostEnvironment } from './host-variables.ts'
import { defaultsSourceOf, RESOURCE_DEFAULTS } from './resource-defaults.ts'
import type { Healthcheck, McpServer, TaskEnvironment } from './task.ts'
import { withoutUndefined } from './without-undefined.ts'

/** Seconds in the file, milliseconds after parsing. */
export const seconds = z
  .number('a number of seconds')
  .positive('more than 0 seconds')
  .transform(toMilliseconds)
const secondsOrZero = z
  .number('a number of seconds')
  .min(0, '0 seconds or more')
  .transform(toMilliseconds)

export const user = z
  .union([z.string().min(1), z.number().int().min(0)], 'a user name or a numeric id')
  .transform(String)

export const env = z.record(
  z.string().regex(/^[^=\0]+$/, 'a variable name without ='),
  z.string('a string: write the value in quotes'),
)

export const networkMode = z.enum(
  ['public', 'no-network', 'allowlist'],
  'public, no-network or allowlist',
)

export const allowedHosts = z.array(
  z.string().superRefine((entry, context) => {
    const mistake = allowedHostMistake(entry)
    if (mistake !== null) context.addIssue({ code: 'custom', message: mistake })
  }),
)

const megabytes = z.number('a whole number of megabytes').int().positive()

/** Harbor's old spelling of sizes: `512M`, `2G`, also with fractions. */
const oldSize = z
  .string('a size like "512M" or "2G"')
  .regex(/^\s*\d+(\.\d+)?[KMGkmg]\s*$/, 'a size like "512M" or "2G"')
  .transform(oldSizeInMegabytes)
  .refine((size) => size > 0, 'at least 1M')

const healthcheck = z.strictObject({
  command: z.string().min(1),
  interval_sec: seconds.optional(),
  timeout_sec: seconds.optional(),
  start_period_sec: secondsOrZero.optional(),
  start_interval_sec: seconds.optional(),
  retries: z.number().int().min(1).optional(),
})

const mcpServer = z.strictObject({
  name: z.string().min(1),
  transport: z.enum(['stdio', 'sse', 'streamable-http', 'http']).default('sse'),
  url: z.string().optional(),
  command: z.string().optional(),
  args: z.array(z.string()).default([]),
})

/** `[environment]`, and `[verifier.environment]`, which has the same fields. */
export const environmentToml = z.strictObject({
  build_timeout_sec: seconds.optional(),
  docker_image: z.string().min(1).optional(),
  os: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['linux', 'windows'], 'linux or windows'))
    .optional(),
  cpus: z.number('a number of CPUs').positive().optional(),
  memory_mb: megabytes.optional(),
  storage_mb: megabytes.optional(),
  gpus: z.number().int().min(0).optional(),
  gpu_types: z.array(z.string()).optional(),
  tpu: z.unknown().optional(),
  mcp_servers: z.array(mcpServer).default([]),
  env: env.default({}),
  skills_dir: z.string().min(1).optional(),
  healthcheck: healthcheck.optional(),
  workdir: z.string().startsWith('/', 'an absolute path in the container').optional(),
  network_mode: networkMode.optional(),
  allowed_hosts: allowedHosts.default([]),
  allow_internet: z.boolean().optional(),
  memory: oldSize.optional(),
  storage: oldSize.optional(),
})

export type EnvironmentToml = z.output<typeof environmentToml>

export interface EnvironmentContext {
  readonly schemaVersion: string
  readonly hostEnvironment: HostEnvironment
}

export function environmentFrom(
  toml: EnvironmentToml,
  { schemaVersion, hostEnvironment }: EnvironmentContext,
): TaskEnvironment {
  const defaultsFrom = defaultsSourceOf(schemaVersion)
  const given = {
    cpus: toml.cpus,
    memoryMb: toml.memory_mb ?? toml.memory,
    storageMb: toml.storage_mb ?? toml.storage,
  }
  const resources = { ...RESOURCE_DEFAULTS[defaultsFrom], ...withoutUndefined(given) }
  const names = ['cpus', 'memoryMb', 'storageMb'] as const
  return {
    kind: toml.docker_image === undefined ? 'build' : 'prebuilt',
    ...withoutUndefined({
      dockerImage: toml.docker_image,
      workdir: toml.workdir,
      skillsDir: toml.skills_dir,
      healthcheck: toml.healthcheck && healthcheckFrom(toml.healthcheck),
    }),
    buildTimeoutMs: toml.build_timeout_sec ?? 600_000,
    ...resources,
    defaultsApplied: names.filter((name) => given[name] === undefined),
    defaultsFrom,
    networkMode: toml.network_mode ?? (toml.allow_internet === false ? 'no-network' : 'public'),
    allowedHosts: toml.allowed_hosts,
    env: fillHostVariables(toml.env, hostEnvironment),
    mcpServers: toml.mcp_servers.flatMap(mcpServerFrom),
    gpus: toml.gpus ?? 0,
  }
}

function healthcheckFrom(toml: z.output<typeof healthcheck>): Healthcheck {
  return {
    command: toml.command,
    intervalMs: toml.interval_sec ?? 5_000,
    timeoutMs: toml.timeout_sec ?? 30_000,
    startPeriodMs: toml.start_period_sec ?? 0,
    startIntervalMs: toml.start_interval_sec ?? 5_000,
    retries: toml.retries ?? 3,
  }
}

/** What lacks its command or URL is refused by name elsewhere. */
function mcpServerFrom(toml: z.output<typeof mcpServer>): McpServer[] {
  const { name, transport, command, args, url } = toml
  if (transport === 'stdio') {
    return command === undefined ? [] : [{ name, transport, command, args }]
  }
  const spoken = transport === 'http' ? 'streamable-http' : transport
  return url === undefined ? [] : [{ name, transport: spoken, url }]
}

function toMilliseconds(value: number): number {
  return Math.round(value * 1_000)
}

function oldSizeInMegabytes(size: string): number {
  const factor = { K: 1 / 1024, M: 1, G: 1024 }[size.trim().slice(-1).toUpperCase()] ?? 1
  return Math.floor(Number.parseFloat(size) * factor)
}
