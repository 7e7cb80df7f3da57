import { readFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { type Home, readJson, writeJson } from './home.ts'

/** One process for good: a pid comes back after a while, and after a reboot at once. */
export const processRecordSchema = z.object({
  pid: z.int().positive(),
  /** Clock ticks between boot and the start of the process, field 22 of proc_pid_stat(5). */
  startTicks: z.string(),
  bootId: z.string(),
})
export type ProcessRecord = z.output<typeof processRecordSchema>

/** The record of a running process, or undefined when none has the pid (a zombie counts as ended). */
export function recordOf(pid: number): ProcessRecord | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, startTicks] = [fields[0], fields[19]]
    if (state === 'Z' || state === 'X' || startTicks === undefined) return undefined
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return { pid, startTicks, bootId }
  } catch {
    return undefined
  }
}

export function isRunning(record: ProcessRecord): boolean {
  const now = recordOf(record.pid)
  return now?.startTicks === record.startTicks && now.bootId === record.bootId
}

/** SIGTERM, then SIGKILL to the whole process group once the grace is over. Never a recycled pid. */
export async function endProcess(record: ProcessRecord, graceMs: number): Promise<void> {
  if (!isRunning(record)) return
  signal(record.pid, 'SIGTERM')
  if (await untilEnded(record, graceMs)) return
  signal(-record.pid, 'SIGKILL')
  signal(record.pid, 'SIGKILL')
  await untilEnded(record, 2_000)
}

/** @returns whether it ended before the deadline. */
export async function untilEnded(record: ProcessRecord, deadlineMs: number): Promise<boolean> {
  const deadline = Date.now() + deadlineMs
  while (isRunning(record)) {
    if (Date.now() > deadline) return false
    await sleep(20)
  }
  return true
}

/** Sends a signal to a process, or to a group by its negated id; one that is gone is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

const recordFile = (home: Home, name: string) => join(home.run, `${name}.pid.json`)

export async function writeRecord(home: Home, name: string, pid: number): Promise<void> {
  const record = recordOf(pid)
  if (record !== undefined) await writeJson(recordFile(home, name), record)
}

export async function readRecord(home: Home, name: string): Promise<ProcessRecord | undefined> {
  return readJson(recordFile(home, name), processRecordSchema)
}

export async function dropRecord(home: Home, name: string): Promise<void> {
  await rm(recordFile(home, name), { force: true })
}

/** What of a stack runs by its records, the supervisor included. */
export async function runningRecords(home: Home): Promise<Map<string, ProcessRecord>> {
  const files = await readdir(home.run).catch(() => [])
  const running = new Map<string, ProcessRecord>()
  for (const file of files) {
    if (!file.endsWith('.pid.json')) continue
    const name = basename(file, '.pid.json')
    const record = await readRecord(home, name)
    if (record !== undefined && isRunning(record)) running.set(name, record)
  }
  return running
}
