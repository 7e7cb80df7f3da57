import { join } from 'node:path'
import { Readable } from 'node:stream'
import { problemsFailure } from '../core/problems.ts'
import { END_OF_TAR_BYTES, folderEntries } from '../sandbox/archive.ts'
import { readFileTree } from '../tasks/file-tree.ts'
import { tarOfFiles } from '../tasks/tar.ts'

export interface VerifierFilesOptions {
  /** The task's folder when its `tests/` have to be put into the container, else null. */
  readonly taskDir: string | null
  /** Whether the verifier runs as somebody else than root, who then has to write the verdict. */
  readonly openToAll: boolean
  /** Artifacts of the agent: a tar without its end. */
  readonly artifacts?: Uint8Array
}

/**
 * What a verifier's container gets before anything runs in it, as one tar. `/logs/verifier`, and
 * `/tests` when they are put in, are first wiped and made anew, owned by root: files, links and
 * folders that an agent planted there are gone, and nothing of the agent is running yet that could
 * see the tests or race with the wiping.
 */
export async function verifierFiles(options: VerifierFilesOptions): Promise<Readable> {
  const { taskDir, openToAll, artifacts } = options
  const folders = await folderEntries([
    { path: 'logs', mode: 0o755 },
    { path: 'logs/verifier', mode: openToAll ? 0o777 : 0o755, wiped: true },
    ...(taskDir === null ? [] : [{ path: 'tests', mode: 0o755, wiped: true }]),
  ])
  const tests = taskDir === null ? endOfTar() : await testsTar(taskDir)
  const first = artifacts === undefined ? [folders] : [folders, artifacts]
  return Readable.from(chain(first, tests), { objectMode: false })
}

async function* chain(first: readonly Uint8Array[], last: Readable): AsyncGenerator<Uint8Array> {
  yield* first
  yield* last
}

const endOfTar = () => Readable.from([Buffer.alloc(END_OF_TAR_BYTES)])

/** @throws Failure `input.invalid` naming what in `tests/` cannot be packed. */
async function testsTar(taskDir: string): Promise<Readable> {
  const dir = join(taskDir, 'tests')
  const { files, problems } = await readFileTree(dir)
  if (problems.length > 0) throw problemsFailure('input.invalid', dir, problems)
  const runnable = files.map((file) =>
    file.path === 'test.sh' ? { ...file, executable: true } : file,
  )
  return tarOfFiles(runnable, { prefix: 'tests' })
}
