import type { Problem } from '../core/problems.ts'

export type HostEnvironment = Readonly<Record<string, string | undefined>>

const TEMPLATE = /^\$\{([^}:]+)(?::-(.*))?\}$/s

/**
 * Fills `${VAR}` and `${VAR:-default}` in from the host, as Harbor does: only where it is the whole
 * value. Anything else is literal.
 */
export function fillHostVariables(
  env: Readonly<Record<string, string>>,
  host: HostEnvironment,
): Record<string, string> {
  const filled = Object.entries(env).map(([name, value]) => {
    const [, variable, fallback] = TEMPLATE.exec(value) ?? []
    return [name, variable === undefined ? value : (host[variable] ?? fallback ?? '')]
  })
  return Object.fromEntries(filled)
}

/** Variables that the host lacks and that have no default. Never shows a value of the host. */
export function missingHostVariables(
  env: Readonly<Record<string, unknown>>,
  host: HostEnvironment,
  path: string,
): Problem[] {
  return Object.entries(env).flatMap(([name, value]) => {
    const [, variable, fallback] = TEMPLATE.exec(typeof value === 'string' ? value : '') ?? []
    if (variable === undefined || fallback !== undefined || host[variable] !== undefined) return []
    const remedy = `set ${variable} on the host, or give a default: \${${variable}:-value}`
    return [{ path: `${path}.${name}`, value, remedy }]
  })
}

/** Values that look as if they were meant to be filled in and are not. */
export function literalTemplates(env: Readonly<Record<string, unknown>>, path: string): Problem[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (typeof value !== 'string' || !value.includes('${') || TEMPLATE.test(value)) return []
    const remedy = 'passed on as it stands: a variable is filled in only as the whole value'
    return [{ path: `${path}.${name}`, value, remedy }]
  })
}
