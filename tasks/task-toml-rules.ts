import type { Problem } from '../core/problems.ts'

/** A table of an unchecked document; empty when it is not there or not a table. */
type Table = Readonly<Record<string, unknown>>

export interface Findings {
  /** What keeps the task from running faithfully. */
  readonly problems: Problem[]
  /** What the task can run without. */
  readonly warnings: Problem[]
}

/**
 * What a schema of single fields cannot say: fields that exclude each other, and fields of Harbor
 * that the farm cannot honour. Reads the raw document, so that these are reported together with
 * whatever else is wrong with it.
 */
export function applyRules(document: Table): Findings {
  const findings: Findings = { problems: [], warnings: [] }
  const refuse = (path: string, value: unknown, remedy: string) =>
    findings.problems.push({ path, ...shown(value), remedy })

  if (document.steps !== undefined) {
    refuse('steps', undefined, 'multi-step tasks are not supported: make each step a task')
  }
  if (document.version !== undefined && document.schema_version !== undefined) {
    findings.warnings.push({ path: 'version', remedy: 'ignored beside schema_version; remove it' })
  }
  const verifier = tableAt(document, 'verifier')
  if (verifier.environment_mode === 'shared' && verifier.environment !== undefined) {
    const remedy = 'a shared verifier has no environment of its own: use separate, or remove it'
    refuse('verifier.environment', undefined, remedy)
  }
  environmentRules(tableAt(document, 'environment'), 'environment', findings)
  environmentRules(tableAt(verifier, 'environment'), 'verifier.environment', findings)
  networkRules(tableAt(document, 'agent'), 'agent', findings)
  networkRules(verifier, 'verifier', findings)
  serviceRules(verifier.collect, 'verifier.collect', findings)
  serviceRules(document.artifacts, 'artifacts', findings)
  return findings
}

/** Two spellings of one setting, old and new. */
const RESPELLED = [
  ['allow_internet', 'network_mode'],
  ['memory', 'memory_mb'],
  ['storage', 'storage_mb'],
] as const

function environmentRules(table: Table, path: string, findings: Findings): void {
  const { problems, warnings } = findings
  for (const [old, current] of RESPELLED) {
    if (table[old] === undefined || table[current] === undefined) continue
    problems.push({ path: `${path}.${old}`, remedy: `old spelling of ${current}: keep only that` })
  }
  if (String(table.os).toLowerCase() === 'windows') {
    problems.push({ path: `${path}.os`, value: table.os, remedy: 'only linux is supported' })
  }
  if (typeof table.gpus === 'number' && table.gpus > 0) {
    const remedy = 'GPUs are not supported: the farm has none'
    problems.push({ path: `${path}.gpus`, value: table.gpus, remedy })
  } else if (table.gpu_types !== undefined) {
    warnings.push({ path: `${path}.gpu_types`, remedy: 'has no effect without gpus' })
  }
  if (table.tpu !== undefined) {
    problems.push({ path: `${path}.tpu`, remedy: 'TPUs are not supported: the farm has none' })
  }
  if (table.skills_dir !== undefined) {
    const remedy = 'not registered with the agent, which can read it at this path'
    warnings.push({ path: `${path}.skills_dir`, ...shown(table.skills_dir), remedy })
  }
  networkRules(table, path, findings)
  mcpRules(table.mcp_servers, `${path}.mcp_servers`, findings)
}

function networkRules(table: Table, path: string, { problems }: Findings): void {
  if (table.network_mode === 'allowlist') {
    const remedy = 'allowlist is not supported yet: use no-network or public'
    problems.push({ path: `${path}.network_mode`, value: 'allowlist', remedy })
  } else if (Array.isArray(table.allowed_hosts) && table.allowed_hosts.length > 0) {
    const remedy = 'only legal with network_mode = "allowlist"'
    problems.push({ path: `${path}.allowed_hosts`, remedy })
  }
}

function mcpRules(servers: unknown, path: string, { problems, warnings }: Findings): void {
  if (!Array.isArray(servers)) return
  const names = servers.map((server) => asTable(server).name)
  for (const [index, server] of servers.entries()) {
    const at = `${path}.${index}`
    const { name, transport = 'sse', command, args, url } = asTable(server)
    if (typeof name === 'string' && names.indexOf(name) < index) {
      problems.push({ path: `${at}.name`, value: name, remedy: 'another server has this name' })
    }
    if (transport === 'stdio') {
      if (command === undefined) {
        problems.push({ path: `${at}.command`, remedy: 'needed by transport stdio' })
      }
      if (url !== undefined) {
        warnings.push({ path: `${at}.url`, remedy: 'has no effect with transport stdio' })
      }
      continue
    }
    const mistake = loopbackUrlMistake(url)
    if (mistake !== null) problems.push({ path: `${at}.url`, ...shown(url), remedy: mistake })
    if (command !== undefined || args !== undefined) {
      const remedy = 'has no effect: a server with a URL is one that the image starts itself'
      warnings.push({ path: `${at}.${command === undefined ? 'args' : 'command'}`, remedy })
    }
  }
}

/** Servers with a URL are reached on the loopback of the one container that a task has. */
function loopbackUrlMistake(url: unknown): string | null {
  if (typeof url !== 'string') return 'needed by transports sse and streamable-http'
  const parsed = URL.parse(url)
  if (parsed?.protocol !== 'http:') return 'an http:// URL'
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(parsed.hostname)
  return isLoopback ? null : 'only servers in the main container are supported: use localhost'
}

function serviceRules(items: unknown, path: string, { problems }: Findings): void {
  if (!Array.isArray(items)) return
  for (const [index, item] of items.entries()) {
    const { service = 'main' } = asTable(item)
    if (service === 'main') continue
    const remedy = 'only main: tasks of several services are not supported'
    problems.push({ path: `${path}.${index}.service`, ...shown(service), remedy })
  }
}

/** A table inside a document, empty when it is not there. */
export function tableAt(document: Table, key: string): Table {
  return asTable(document[key])
}

function asTable(value: unknown): Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function shown(value: unknown): { value?: unknown } {
  return value === undefined || typeof value === 'object' ? {} : { value }
}
