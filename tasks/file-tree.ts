import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { Problem } from '../core/problems.ts'

/** One file of a folder, or one folder without anything in it. */
export interface TreeFile {
  /** Below the folder, with `/`; an empty folder's path ends with `/`. */
  readonly path: string
  /** Where its bytes are, with links resolved. */
  readonly source: string
  readonly executable: boolean
  readonly bytes: number
}

export interface FileTree {
  /** Sorted by path. */
  readonly files: readonly TreeFile[]
  /** Symbolic links that were followed, and to where. */
  readonly links: readonly { readonly path: string; readonly target: string }[]
  readonly problems: readonly Problem[]
}

export interface TreeOptions {
  /** Links may point into this folder and nowhere else; by default the folder that is read. */
  readonly root?: string
  /** Read only these entries of the folder, where they exist. */
  readonly only?: readonly string[]
}

/** More entries than any task needs; a ring of links would reach it. */
const MAX_ENTRIES = 100_000

interface Walk {
  readonly root: string
  readonly files: TreeFile[]
  readonly links: { path: string; target: string }[]
  readonly problems: Problem[]
}

/**
 * Lists a folder as it will be packed: links become what they point to, so that tasks of a suite
 * can share files; what points outside, or is neither file nor folder, is a problem by name.
 */
export async function readFileTree(dir: string, options: TreeOptions = {}): Promise<FileTree> {
  const real = await realpath(dir)
  const root = await realpath(options.root ?? dir)
  const walk: Walk = { root, files: [], links: [], problems: [] }
  await readFolder({ real, path: '', ancestors: [real] }, walk, options.only)
  walk.files.sort((a, b) => compare(a.path, b.path))
  return walk
}

/** By UTF-16 code unit, which no locale changes. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

interface Folder {
  readonly real: string
  readonly path: string
  /** Real paths from the top down to this folder. */
  readonly ancestors: readonly string[]
}

async function readFolder(folder: Folder, walk: Walk, only?: readonly string[]): Promise<void> {
  const names = (await readdir(folder.real)).filter((name) => only?.includes(name) ?? true)
  if (names.length === 0 && folder.path !== '') {
    walk.files.push({ path: `${folder.path}/`, source: folder.real, executable: true, bytes: 0 })
  }
  for (const name of names) {
    if (walk.files.length >= MAX_ENTRIES) {
      if (walk.problems.some(({ path }) => path === '')) return
      walk.problems.push({ path: '', remedy: `more than ${MAX_ENTRIES} files: remove some` })
      return
    }
    await readEntry(folder, name, walk)
  }
}

async function readEntry(folder: Folder, name: string, walk: Walk): Promise<void> {
  const path = folder.path === '' ? name : `${folder.path}/${name}`
  const refuse = (remedy: string) => void walk.problems.push({ path, remedy })
  if (name.includes('\uFFFD')) return refuse('its name is not UTF-8: rename it')
  const here = join(folder.real, name)
  const isLink = (await lstat(here)).isSymbolicLink()
  const real = isLink ? await realpath(here).catch(() => null) : here
  if (real === null) return refuse('a link to something that does not exist')
  if (isLink) {
    if (!isInside(real, walk.root)) return refuse('a link to outside: copy the file instead')
    walk.links.push({ path, target: real })
  }
  const stats = await stat(real)
  if (stats.isDirectory()) {
    if (folder.ancestors.includes(real)) return refuse('a link to a folder that it is in itself')
    return readFolder({ real, path, ancestors: [...folder.ancestors, real] }, walk)
  }
  if (!stats.isFile()) return refuse('neither a file nor a folder: remove it')
  const executable = (stats.mode & 0o100) !== 0
  walk.files.push({ path, source: real, executable, bytes: stats.size })
}

function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)
}
