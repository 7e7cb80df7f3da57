import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { Failure } from '../../core/failure.ts'

export type Ports = Readonly<Record<string, number>>

/**
 * Below the range from which Linux gives outgoing connections their ports (32768 and up), so that a
 * remembered port is not held by some passing connection at the next start.
 */
const LOWEST = 20_000
const HIGHEST = 31_999

/**
 * A port for every name: the remembered one, else a free one.
 *
 * @throws Failure `port.taken` when another process listens on a remembered port.
 */
export async function choosePorts(names: readonly string[], remembered: Ports): Promise<Ports> {
  const chosen: Record<string, number> = {}
  for (const name of names) {
    const port = remembered[name]
    if (port === undefined) continue
    if (!(await isFree(port))) throw await portTaken(name, port)
    chosen[name] = port
  }
  const used = new Set(Object.values(remembered))
  for (const name of names) {
    if (chosen[name] !== undefined) continue
    const port = await freePort(used)
    used.add(port)
    chosen[name] = port
  }
  return chosen
}

/** Whether a listener on loopback would get the port now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

async function freePort(used: ReadonlySet<number>): Promise<number> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1))
    if (!used.has(port) && (await isFree(port))) return port
  }
  throw new Failure('port.taken', `No port between ${LOWEST} and ${HIGHEST} is free on 127.0.0.1.`)
}

async function portTaken(name: string, port: number): Promise<Failure> {
  const holder = await listenerOf(port)
  const who = holder === undefined ? 'another process' : `process ${holder.pid} (${holder.command})`
  return new Failure(
    'port.taken',
    `Port ${port} of ${name} is taken by ${who}. End that process, or choose ports anew: sbench up --new-ports`,
    { facts: { part: name, port, ...(holder ?? {}) } },
  )
}

/** The process that listens on a TCP port, as far as this user may see it. */
export async function listenerOf(
  port: number,
): Promise<{ readonly pid: number; readonly command: string } | undefined> {
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'utf8').catch(() => '')
    for (const line of text.split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
      const hexPort = local?.split(':')[1]
      if (state !== '0A' || hexPort === undefined || inode === undefined) continue
      if (Number.parseInt(hexPort, 16) === port) inodes.add(`socket:[${inode}]`)
    }
  }
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')
      if (!inodes.has(target)) continue
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      return { pid: Number(pid), command: command.replaceAll('\0', ' ').trim().slice(0, 120) }
    }
  }
  return undefined
}
