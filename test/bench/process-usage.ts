import { readdirSync, readFileSync } from 'node:fs'

/** `sysconf(_SC_CLK_TCK)`: a hundred on every Linux that Node runs on. */
const TICKS_A_SECOND = 100

/** Fields of proc_pid_stat(5) from the third on, so that a name with blanks shifts nothing. */
function statFields(pid: number | 'self'): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/**
 * Core-seconds that a process has spent, user and system, with those of children it has waited for.
 * 0 for one that is gone.
 */
export function coreSeconds(pid: number): number {
  try {
    const spent = statFields(pid).slice(11, 15)
    return spent.reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_A_SECOND
  } catch {
    return 0
  }
}

/** Resident memory of a process in bytes: now, or the most that it ever held. */
export function residentBytes(pid: number, which: 'now' | 'peak' = 'now'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const line = which === 'now' ? /^VmRSS:\s+(\d+) kB/m : /^VmHWM:\s+(\d+) kB/m
  return Number(line.exec(status)?.[1]) * 1024
}

/**
 * Process ids of the machine's Docker daemon and the containerd that it started; none when the
 * daemon does not say. Shims, runc and what runs in containers are not among them.
 */
export function dockerPids(): number[] {
  let daemon: number
  try {
    daemon = Number(readFileSync('/var/run/docker.pid', 'utf8'))
  } catch {
    return []
  }
  const isChild = (pid: number) => {
    try {
      return Number(statFields(pid)[1]) === daemon
    } catch {
      return false
    }
  }
  const others = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return [daemon, ...others.filter(isChild)]
}
