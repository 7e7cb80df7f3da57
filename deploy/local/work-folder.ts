import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** No work in such a folder takes this long, in milliseconds; an older one was left by a crash. */
const STALE_AFTER_MS = 3_600_000

/** Does some work in a folder of its own beside its result, and removes it, whatever happens. */
export async function inWorkFolder<Result>(
  parent: string,
  purpose: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  await mkdir(parent, { recursive: true })
  const prefix = `work-${purpose}-`
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue
    const found = await stat(join(parent, name)).catch(() => undefined)
    if (found === undefined || Date.now() - found.mtimeMs < STALE_AFTER_MS) continue
    await rm(join(parent, name), { recursive: true, force: true })
  }
  const folder = await mkdtemp(join(parent, prefix))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
