import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type ArtifactFile, isArtifactPath } from '../core/artifact-package.ts'
import { Failure } from '../core/failure.ts'

/**
 * Writes artifacts into a folder, which appears complete or not at all. They come from sandboxes: each
 * is a plain file in a folder that nobody but this call has made, so that no link can lead one elsewhere.
 *
 * @param folder absolute; must be new, or empty.
 * @throws Failure `input.invalid` when it holds something or cannot be written; `artifacts.invalid` on a
 *   path that leads out of it.
 */
export async function writeArtifacts(
  files: readonly ArtifactFile[],
  folder: string,
): Promise<void> {
  const stray = files.find(({ path }) => !isArtifactPath(path))
  if (stray !== undefined) {
    const path = JSON.stringify(stray.path.slice(0, 200))
    throw new Failure('artifacts.invalid', `${path} leads out of the folder: nothing was written.`)
  }
  let staging: string | null = null
  try {
    await mkdir(dirname(folder), { recursive: true })
    staging = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`))
    for (const { path, content, executable } of files) {
      const file = join(staging, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, content, { flag: 'wx', mode: executable ? 0o755 : 0o644 })
    }
    await chmod(staging, 0o755)
    await rename(staging, folder)
  } catch (cause) {
    if (staging !== null) await rm(staging, { recursive: true, force: true })
    throw unwritable(folder, cause)
  }
}

const TAKEN = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR']

function unwritable(folder: string, cause: unknown): Failure {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const message = TAKEN.includes(code)
    ? `${folder} holds something already. Name a folder that is new or empty.`
    : `${folder} cannot be written.`
  return new Failure('input.invalid', message, { facts: { folder }, cause })
}
