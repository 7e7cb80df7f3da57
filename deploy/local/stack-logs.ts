import { open, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../core/failure.ts'
import { homeLayout } from './home.ts'

export interface LogsOptions {
  /** How many of the last lines come first. */
  readonly lines?: number
  /** Whether to go on with lines as they are written, until `signal` aborts. */
  readonly follow?: boolean
  readonly signal?: AbortSignal
}

/** Enough for the last few thousand lines; more is in the file itself. */
const TAIL_BYTES = 1_000_000
const POLL_MS = 200

/**
 * The log lines of one part, `supervisor` included. Works without a running stack.
 *
 * @throws Failure `input.invalid` naming the parts that have a log.
 */
export async function* stackLogs(
  home: string,
  part: string,
  { lines = 100, follow = false, signal }: LogsOptions = {},
): AsyncGenerator<string> {
  const { logs } = homeLayout(home)
  const known = await loggedParts(home)
  if (!known.includes(part)) {
    const names = known.length === 0 ? 'none yet' : known.join(', ')
    throw new Failure('input.invalid', `No part ${part} has a log in ${logs}; there are: ${names}.`)
  }
  const file = join(logs, `${part}.log`)
  let { offset, inode, whole } = await readTail(file, lines)
  yield* whole
  while (follow && signal?.aborted !== true) {
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
    const now = await stat(file).catch(() => undefined)
    if (now === undefined) continue
    // A rotated log starts anew under the same name.
    if (now.ino !== inode || now.size < offset) [offset, inode] = [0, now.ino]
    const fresh = wholeLines(await readFrom(file, offset, now.size - offset))
    offset += fresh.bytes
    yield* fresh.lines
  }
}

/** The last lines of a part's log, for a message; empty when it has none. */
export async function lastLines(home: string, part: string, lines: number): Promise<string> {
  const file = join(homeLayout(home).logs, `${part}.log`)
  const tail = await readTail(file, lines).catch(() => undefined)
  return tail === undefined ? '' : tail.whole.join('\n').trimEnd()
}

/** The parts that have written a log in a state folder. */
export async function loggedParts(home: string): Promise<string[]> {
  const files = await readdir(homeLayout(home).logs).catch(() => [])
  return files.filter((file) => file.endsWith('.log')).map((file) => basename(file, '.log'))
}

async function readTail(file: string, lines: number) {
  const { size, ino } = await stat(file)
  const start = Math.max(0, size - TAIL_BYTES)
  const tail = wholeLines(await readFrom(file, start, size - start))
  const whole = start === 0 ? tail.lines : tail.lines.slice(1)
  return { offset: start + tail.bytes, inode: ino, whole: lines === 0 ? [] : whole.slice(-lines) }
}

/** What stands before the last line end; the rest is still being written. */
function wholeLines(content: Buffer): { readonly lines: string[]; readonly bytes: number } {
  const bytes = content.lastIndexOf('\n') + 1
  const text = content.toString('utf8', 0, Math.max(0, bytes - 1))
  return { lines: bytes === 0 ? [] : text.split('\n'), bytes }
}

async function readFrom(file: string, offset: number, bytes: number): Promise<Buffer> {
  await using handle = await open(file)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, offset)
  return buffer.subarray(0, bytesRead)
}
