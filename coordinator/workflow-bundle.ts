import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const ENTRY = fileURLToPath(new URL('./workflows/all-workflows.ts', import.meta.url))
/** What the bundle is made of: a change in any of these makes a new one. */
export const BUNDLE_SOURCES = ['coordinator/workflows', 'coordinator/contract', 'core']

/**
 * The workflows as the one file that Temporal runs in its isolated context. Bundling takes seconds
 * of a core, so the bundle is kept under a hash of everything it is made of.
 *
 * @param cacheFolder made when absent; null bundles afresh.
 */
export async function workflowBundle(cacheFolder: string | null): Promise<WorkflowBundle> {
  if (cacheFolder === null) return bundle()
  const path = join(cacheFolder, `workflows-${await sourceHash()}.js`)
  const cached = await readFile(path, 'utf8').catch(() => null)
  if (cached !== null) return { code: cached }
  const fresh = await bundle()
  await mkdir(cacheFolder, { recursive: true })
  await writeFile(`${path}.${process.pid}`, fresh.code)
  await rename(`${path}.${process.pid}`, path)
  return fresh
}

function bundle(): Promise<WorkflowBundle> {
  return bundleWorkflowCode({ workflowsPath: ENTRY, logger: new DefaultLogger('ERROR') })
}

async function sourceHash(): Promise<string> {
  const hash = createHash('sha256')
  hash.update(await readFile(join(ROOT, 'package-lock.json')))
  for (const folder of BUNDLE_SOURCES) {
    const names = await readdir(join(ROOT, folder))
    for (const name of names.filter((file) => file.endsWith('.ts')).sort()) {
      hash.update(`${folder}/${name}\0`)
      hash.update(await readFile(join(ROOT, folder, name)))
    }
  }
  return hash.digest('hex').slice(0, 16)
}
