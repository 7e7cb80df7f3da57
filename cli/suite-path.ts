import { resolve } from 'node:path'

/** A suite as `loadSuite` takes it: names stay, paths (with a `/`, or `.`) are read from a folder. */
export function suitePath(nameOrPath: string, folder: string): string {
  const isPath = nameOrPath.includes('/') || nameOrPath === '.' || nameOrPath === '..'
  return isPath ? resolve(folder, nameOrPath) : nameOrPath
}
