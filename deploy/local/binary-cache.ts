import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Failure } from '../../core/failure.ts'
import type { BinaryPin } from './binary-pins.ts'
import type { Fetched } from './binary-source.ts'
import { sha256Of } from './sha256-of.ts'

const voucherSchema = z.object({ archiveSha256: z.string(), sha256: z.string() })

export function cachedPath(cache: string, { name, version }: BinaryPin): string {
  return join(cache, 'bin', `${name}-${version}`)
}

/**
 * The cached executable after its sha256 was read again, or undefined when none is cached.
 *
 * @throws Failure `binary.checksum-mismatch` when the file is not what was put there.
 */
export async function cachedBinary(cache: string, pin: BinaryPin): Promise<string | undefined> {
  const file = cachedPath(cache, pin)
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) return undefined
  const sha256 = await sha256Of(file)
  if (sha256 === pin.sha256) return file
  const voucher = await readVoucher(file)
  if (voucher?.sha256 === sha256 && voucher.archiveSha256 === pin.archive.sha256) return file
  throw new Failure(
    'binary.checksum-mismatch',
    `${file} is not ${pin.name} ${pin.version}: its sha256 is ${sha256}, the pinned one is ${pin.sha256}. Delete it (rm ${file}) and start again to fetch it anew.`,
    { facts: { file, sha256, expected: pin.sha256 } },
  )
}

/**
 * Moves a fetched executable into the cache in one step, so that no reader sees half of it.
 *
 * @param fetched its file must be on the cache's file system.
 * @throws Failure `binary.checksum-mismatch` when neither the executable nor its archive is pinned.
 */
export async function adoptBinary(
  cache: string,
  pin: BinaryPin,
  fetched: Fetched,
): Promise<string> {
  const sha256 = await sha256Of(fetched.file)
  const vouched = fetched.archiveSha256 === pin.archive.sha256
  if (sha256 !== pin.sha256 && !vouched) {
    throw new Failure(
      'binary.checksum-mismatch',
      `What was fetched as ${pin.name} ${pin.version} has sha256 ${sha256}, the pinned one is ${pin.sha256}. It was not kept.`,
      { facts: { binary: pin.name, sha256, expected: pin.sha256 } },
    )
  }
  const file = cachedPath(cache, pin)
  await mkdir(join(cache, 'bin'), { recursive: true })
  await chmod(fetched.file, 0o755)
  if (sha256 !== pin.sha256) {
    await writeFile(voucherOf(file), JSON.stringify({ archiveSha256: pin.archive.sha256, sha256 }))
  }
  await rename(fetched.file, file)
  return file
}

const voucherOf = (file: string) => `${file}.json`

async function readVoucher(file: string): Promise<z.output<typeof voucherSchema> | undefined> {
  const text = await readFile(voucherOf(file), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return voucherSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
