import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { Failure } from '../../core/failure.ts'

/** Raised when a later release lays the folder out in a way that this one could damage. */
export const HOME_FORMAT = 1

/** The state folder of one stack. Everything in it belongs to the stack; `data` is what counts. */
export interface Home {
  readonly folder: string
  readonly data: string
  readonly logs: string
  /** Which processes run now, and as what; of no worth once they ended. */
  readonly run: string
  /** The supervisor's control endpoint. */
  readonly socket: string
}

const formatSchema = z.object({ format: z.int() })
/** What a stack's things in a Docker daemon are labelled with: stacks of one machine share the daemon. */
export function ownerOf(folder: string): string {
  return `sbench-${createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 12)}`
}

/** `sun_path` holds 108 bytes with its final zero. */
const LONGEST_SOCKET_PATH = 107

export function homeLayout(path: string): Home {
  const folder = resolve(path)
  return {
    folder,
    data: join(folder, 'data'),
    logs: join(folder, 'logs'),
    run: join(folder, 'run'),
    socket: socketPath(folder),
  }
}

/**
 * Opens a state folder and makes what it lacks.
 *
 * @throws Failure `stack.folder-newer` when a later release has used it.
 */
export async function openHome(path: string): Promise<Home> {
  const home = homeLayout(path)
  await assertReadable(home)
  for (const folder of [home.folder, home.data, home.logs, home.run]) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  }
  await writeJson(formatFile(home), { format: HOME_FORMAT })
  return home
}

/** @throws Failure `stack.folder-newer`; a folder that does not exist is fine. */
export async function assertReadable(home: Home): Promise<void> {
  const found = await readJson(formatFile(home), formatSchema)
  if (found === undefined || found.format <= HOME_FORMAT) return
  throw new Failure(
    'stack.folder-newer',
    `${home.folder} was written by a later Systems-Bench (format ${found.format}, this one knows ${HOME_FORMAT}). Use that release, or another folder: SBENCH_HOME=<folder>.`,
    { facts: { folder: home.folder, format: found.format, known: HOME_FORMAT } },
  )
}

/** A file's JSON in its expected shape, or undefined when there is none or it has another shape. */
export async function readJson<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return schema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Writes in one step, so that a reader, or a crash, meets the old content or the new. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  const draft = `${file}.${randomUUID()}.tmp`
  await writeFile(draft, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 })
  await rename(draft, file)
}

const formatFile = (home: Home) => join(home.folder, 'format.json')

/** Deep folders do not fit into a socket address; their socket lies in the system's temporary folder. */
function socketPath(folder: string): string {
  const path = join(folder, 'supervisor.sock')
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_PATH) return path
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  return join(tmpdir(), `sbench-${userInfo().uid}-${name}.sock`)
}
