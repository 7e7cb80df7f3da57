import { createWriteStream } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import tarStream, { type Extract } from 'tar-stream'
import { Failure, messageOf } from '../core/failure.ts'
import type { Digest } from '../core/ids.ts'
import { problemsFailure } from '../core/problems.ts'
import { tarOfFiles } from './tar.ts'
import { printFiles, taskDigest } from './task-digest.ts'
import { MAX_TASK_BYTES, readTaskTree, TASK_ENTRIES } from './task-tree.ts'

/**
 * A task as one gzipped tar, the form in which it travels to nodes: sorted, without times, owners
 * or links. Equal tasks make equal tars; the gzip bytes also depend on the zlib of the machine, so
 * name packages after the task's digest, never after their own.
 *
 * @throws Failure `task.not-found`; `task.invalid` for links that lead outside, and above 512 MB.
 */
export async function packTask(dir: string): Promise<Uint8Array> {
  const { files, problems } = await readTaskTree(dir)
  if (problems.length > 0) throw problemsFailure('task.invalid', dir, problems)
  const chunks: Buffer[] = []
  await pipeline(tarOfFiles(files), createGzip({ level: 6 }), async (source) => {
    for await (const chunk of source) chunks.push(chunk)
  })
  const packed = Buffer.concat(chunks)
  packed[GZIP_SYSTEM_BYTE] = GZIP_SYSTEM_UNKNOWN
  return packed
}

type Entry = Extract extends AsyncIterable<infer Source> ? Source : never

/** RFC 1952, 2.3: the header's last byte names the operating system, which is nobody's business. */
const GZIP_SYSTEM_BYTE = 9
const GZIP_SYSTEM_UNKNOWN = 255

/**
 * Puts a package's task into a folder, which appears complete or not at all. Doing it twice, also
 * at the same time, is harmless.
 *
 * @returns the digest of the task, for the caller to compare with the one it asked for.
 * @throws Failure `task.package-invalid` on damage, an entry that does not belong into a task or
 * leads out of it, more than 512 MB, or a folder that holds something else.
 */
export async function unpackTask(bytes: Uint8Array, targetDir: string): Promise<Digest> {
  const target = resolve(targetDir)
  await mkdir(dirname(target), { recursive: true })
  const staging = await mkdtemp(join(dirname(target), `.${basename(target)}-`))
  try {
    await extract(bytes, staging)
    const digest = await digestOfFolder(staging)
    await chmod(staging, 0o755)
    await rename(staging, target).catch(async (error: NodeJS.ErrnoException) => {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(error.code ?? '')) throw error
      if (error.code !== 'ENOTDIR' && (await digestOfFolder(target)) === digest) return
      throw new Failure('task.package-invalid', `${target} holds something else: remove it.`)
    })
    return digest
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

async function digestOfFolder(dir: string): Promise<Digest> {
  const { files } = await readTaskTree(dir)
  return taskDigest(await printFiles(files))
}

async function extract(bytes: Uint8Array, dir: string): Promise<void> {
  const entries = tarStream.extract()
  const unzip = pipeline(Readable.from([bytes]), createGunzip(), entries)
  const write = async () => {
    let room = MAX_TASK_BYTES
    for await (const entry of entries) {
      room -= entry.header.size ?? 0
      if (room < 0) throw new Failure('task.package-invalid', 'Package: unpacks to over 512 MB.')
      await writeEntry(entry, dir)
    }
  }
  const [written, unzipped] = await Promise.allSettled([write(), unzip])
  const error = [written, unzipped].find((result) => result.status === 'rejected')?.reason
  if (error === undefined || error instanceof Failure) {
    if (error !== undefined) throw error
    return
  }
  if (isDiskFull(error)) throw new Failure('disk.full', `No room to unpack into ${dir}.`)
  throw new Failure('task.package-invalid', `Package: damaged, ${messageOf(error)}.`, {
    cause: error,
  })
}

async function writeEntry(entry: Entry, dir: string): Promise<void> {
  const { name, type, mode = 0o644 } = entry.header
  const path = join(dir, safePath(name))
  if (type === 'directory') {
    await mkdir(path, { recursive: true, mode: 0o755 })
    entry.resume()
    return
  }
  if (type !== 'file') {
    throw new Failure('task.package-invalid', `Package: ${name} is a ${type}, not a file.`)
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o755 })
  await pipeline(entry, createWriteStream(path, { flags: 'wx' }))
  await chmod(path, (mode & 0o100) === 0 ? 0o644 : 0o755)
}

function safePath(name: string): string {
  const parts = name.replace(/\/$/, '').split('/')
  const belongs = TASK_ENTRIES.some((entry) => entry === parts[0])
  const plain = parts.every((part) => part !== '' && part !== '.' && part !== '..')
  if (belongs && plain && !name.includes('\0')) return parts.join('/')
  const shown = JSON.stringify(name.slice(0, 200))
  throw new Failure('task.package-invalid', `Package: ${shown} does not belong into a task.`)
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC'
}
