import { readFileSync } from 'node:fs'

/** What the kernel counts for a container. */
export interface CgroupCounts {
  readonly peakMemoryBytes: number
  readonly cpuMs: number
  /** Processes killed for want of memory, the main one or any other. */
  readonly oomKills: number
}

/**
 * Reads a container's counters from this machine's cgroup files: 0.2 ms, where Docker's own
 * statistics take half a second. Null when the daemon is elsewhere, or the container has ended.
 *
 * @see Linux, Documentation/admin-guide/cgroup-v1/memory.rst and cgroup-v2.rst.
 */
export function readCgroup(container: string): CgroupCounts | null {
  for (const folder of [`docker/${container}`, `system.slice/docker-${container}.scope`]) {
    const counts = readVersion2(folder) ?? readVersion1(folder)
    if (counts !== null) return counts
  }
  return null
}

const ROOT = '/sys/fs/cgroup'

function readVersion1(folder: string): CgroupCounts | null {
  const peak = readText(`${ROOT}/memory/${folder}/memory.max_usage_in_bytes`)
  const cpuNs = readText(`${ROOT}/cpuacct/${folder}/cpuacct.usage`)
  const oom = readText(`${ROOT}/memory/${folder}/memory.oom_control`)
  if (peak === null || cpuNs === null || oom === null) return null
  return {
    peakMemoryBytes: Number(peak),
    cpuMs: Number(cpuNs) / 1e6,
    oomKills: valueIn(oom, 'oom_kill'),
  }
}

function readVersion2(folder: string): CgroupCounts | null {
  const events = readText(`${ROOT}/${folder}/memory.events`)
  const cpu = readText(`${ROOT}/${folder}/cpu.stat`)
  // Kernels before 5.19 keep no peak: what is in use now is the best known.
  const peak =
    readText(`${ROOT}/${folder}/memory.peak`) ?? readText(`${ROOT}/${folder}/memory.current`)
  if (peak === null || cpu === null || events === null) return null
  return {
    peakMemoryBytes: Number(peak),
    cpuMs: valueIn(cpu, 'usage_usec') / 1e3,
    oomKills: valueIn(events, 'oom_kill'),
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function valueIn(lines: string, name: string): number {
  const line = lines.split('\n').find((candidate) => candidate.startsWith(`${name} `))
  return Number(line?.split(' ')[1] ?? 0)
}
