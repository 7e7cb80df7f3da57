import type { DefaultsSource } from './task.ts'

export interface ResourceDefaults {
  readonly cpus: number
  readonly memoryMb: number
  readonly storageMb: number
}

/**
 * What a task gets that names no resources. Harbor gave 1 CPU and 2 GiB before schema 1.2 and no
 * limit since; a farm that packs nodes needs a number, and `farm` is ours: one `medium` slot.
 */
export const RESOURCE_DEFAULTS: Readonly<Record<DefaultsSource, ResourceDefaults>> = {
  'harbor-1.0': { cpus: 1, memoryMb: 2048, storageMb: 10_240 },
  farm: { cpus: 2, memoryMb: 4096, storageMb: 10_240 },
}

/** @param schemaVersion `major.minor`, compared as numbers: 1.10 is newer than 1.4. */
export function defaultsSourceOf(schemaVersion: string): DefaultsSource {
  return isOlder(schemaVersion, '1.2') ? 'harbor-1.0' : 'farm'
}

export function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [thanMajor = 0, thanMinor = 0] = than.split('.').map(Number)
  return major < thanMajor || (major === thanMajor && minor < thanMinor)
}
