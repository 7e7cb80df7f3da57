import { parse, TomlError } from 'smol-toml'
import { z } from 'zod'
import { type Problem, problemsOf } from '../core/problems.ts'
import {
  allowedHosts,
  env,
  environmentToml,
  networkMode,
  seconds,
  user,
} from './environment-toml.ts'
import { type HostEnvironment, literalTemplates, missingHostVariables } from './host-variables.ts'
import { isOlder } from './resource-defaults.ts'
import { applyRules, type Findings, tableAt } from './task-toml-rules.ts'

/** The newest schema that this loader knows field by field. */
export const NEWEST_SCHEMA_VERSION = '1.4'

const version = z.string('a string like "1.4"').regex(/^\d+\.\d+$/, 'a version like "1.4"')

const containerPath = z
  .string()
  .min(1)
  .refine((path) => !path.split('/').includes('..'), 'a path without ..')

const artifact = z.preprocess(
  (value) => (typeof value === 'string' ? { source: value } : value),
  z.strictObject({
    source: containerPath,
    destination: containerPath.optional(),
    exclude: z.array(z.string()).default([]),
    service: z.string().optional(),
  }),
)

const collectHook = z.strictObject({
  command: z.string().min(1),
  service: z.string().optional(),
  timeout_sec: seconds.optional(),
  user: user.optional(),
})

const taskToml = z.strictObject({
  schema_version: version.optional(),
  version: version.optional(),
  source: z.string().optional(),
  multi_step_reward_strategy: z.enum(['mean', 'final']).optional(),
  multi_step_reward_mode: z.unknown().optional(),
  artifacts: z.array(artifact).default([]),
  steps: z.unknown().optional(),
  task: z
    .strictObject({
      name: z
        .string()
        .regex(/^[a-z0-9][\w.-]*\/[a-z0-9][\w.-]*$/i, 'a name of the form org/name')
        .refine((name) => !name.includes('..'), 'a name without ..'),
      version: z.string().min(1).optional(),
      description: z.string().default(''),
      authors: z
        .array(z.strictObject({ name: z.string(), email: z.string().optional() }))
        .default([]),
      keywords: z.array(z.string()).default([]),
    })
    .optional(),
  metadata: z.record(z.string(), z.unknown()).default({}),
  agent: z
    .strictObject({
      timeout_sec: seconds.optional(),
      user: user.optional(),
      network_mode: networkMode.optional(),
      allowed_hosts: allowedHosts.optional(),
    })
    .prefault({}),
  verifier: z
    .strictObject({
      timeout_sec: seconds.default(600_000),
      env: env.default({}),
      user: user.optional(),
      network_mode: networkMode.optional(),
      allowed_hosts: allowedHosts.optional(),
      environment_mode: z.enum(['shared', 'separate'], 'shared or separate').optional(),
      environment: environmentToml.optional(),
      collect: z.array(collectHook).default([]),
    })
    .prefault({}),
  solution: z.strictObject({ env: env.default({}) }).prefault({}),
  environment: environmentToml.prefault({}),
})

export type TaskToml = z.output<typeof taskToml>

export interface ParsedTaskToml extends Findings {
  /** Null when a field has no usable value. */
  readonly toml: TaskToml | null
  /** As it stands in the file; empty when that is not TOML. */
  readonly document: Readonly<Record<string, unknown>>
}

/** Reads a task.toml and reports everything that is wrong with it at once. */
export function parseTaskToml(text: string, host: HostEnvironment): ParsedTaskToml {
  const document = readToml(text)
  if (document instanceof TomlError) {
    const place = `line ${document.line}, column ${document.column}`
    const [reason] = document.message.split('\n')
    const problem = { path: 'task.toml', remedy: `not TOML at ${place}: ${reason}` }
    return { toml: null, document: {}, problems: [problem], warnings: [] }
  }
  const { problems, warnings } = applyRules(document)
  warnings.push(...dropUnknownFields(document), ...newerSchema(document))
  for (const { path, table } of environmentTables(document)) {
    problems.push(...missingHostVariables(table, host, path))
    warnings.push(...literalTemplates(table, path))
  }
  const parsed = taskToml.safeParse(document)
  if (!parsed.success) problems.push(...problemsOf(parsed.error, document))
  return { toml: parsed.success ? parsed.data : null, document, problems, warnings }
}

function readToml(text: string): Record<string, unknown> | TomlError {
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof TomlError) return error
    throw error
  }
}

/** Fields that no schema knows: Harbor ignores them, so we do, but by name. */
function dropUnknownFields(document: Record<string, unknown>): Problem[] {
  const issues = taskToml.safeParse(document).error?.issues ?? []
  return issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return []
    const table = issue.path.reduce<unknown>(
      (here, key) => Reflect.get(Object(here), key),
      document,
    )
    return issue.keys.map((key) => {
      Reflect.deleteProperty(Object(table), key)
      const path = [...issue.path, key].join('.')
      return { path, remedy: 'unknown field, ignored; correct its name or remove it' }
    })
  })
}

function newerSchema(document: Record<string, unknown>): Problem[] {
  const declared = document.schema_version ?? document.version
  if (typeof declared !== 'string' || !isOlder(NEWEST_SCHEMA_VERSION, declared)) return []
  const remedy = `read as ${NEWEST_SCHEMA_VERSION}, the newest known; later fields have no effect`
  return [{ path: 'schema_version', value: declared, remedy }]
}

function environmentTables(document: Record<string, unknown>) {
  const verifier = tableAt(document, 'verifier')
  return [
    { path: 'environment.env', table: tableAt(tableAt(document, 'environment'), 'env') },
    { path: 'verifier.env', table: tableAt(verifier, 'env') },
    { path: 'verifier.environment.env', table: tableAt(tableAt(verifier, 'environment'), 'env') },
    { path: 'solution.env', table: tableAt(tableAt(document, 'solution'), 'env') },
  ]
}
