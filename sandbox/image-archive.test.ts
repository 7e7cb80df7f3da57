import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type TarEntry, tarOfEntries } from '../tasks/tar.ts'
import { CertificateSearch } from './certificate-search.ts'
import { readImageArchive } from './image-archive.ts'
import { cleanConfig } from './publish-image.ts'

/** Bytes without a pattern, the same for the same name. */
const bytesOf = (name: string, length: number) =>
  createHash('shake256', { outputLength: length }).update(name).digest()
const pemOf = (der: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`

const [PUBLIC, PROXY, OTHER] = ['public', 'proxy', 'other'].map((name) => bytesOf(name, 900))
const BUNDLE = [PUBLIC, PROXY, OTHER].map((der) => pemOf(der ?? Buffer.alloc(0))).join('')
const search = CertificateSearch.for(BUNDLE, [pemOf(PUBLIC ?? Buffer.alloc(0))])

/** More than what is taken for JSON, so that it comes in pieces. */
const FILLING = bytesOf('filling', 5 * 1024 * 1024)
const layerOf = (...contents: readonly (string | Buffer)[]) =>
  buffer(tarOfEntries(contents.map((bytes, n) => ({ path: `${n}`, bytes }))))
const CONFIG = JSON.stringify({ rootfs: { diff_ids: [] }, config: {} })

const LAYOUTS: Record<string, (layers: readonly Buffer[]) => TarEntry[]> = {
  'a folder a layer': (layers) => [
    ...layers.map((bytes, n) => ({ path: `${n}/layer.tar`, bytes })),
    { path: 'c.json', bytes: CONFIG },
    { path: 'manifest.json', bytes: JSON.stringify([{ Config: 'c.json', Layers: [] }]) },
  ],
  'an OCI layout': (layers) => [
    { path: 'manifest.json', bytes: JSON.stringify([{ Config: 'blobs/sha256/c', Layers: [] }]) },
    { path: 'blobs/sha256/c', bytes: CONFIG },
    ...layers.map((bytes, n) => ({ path: `blobs/sha256/${n}`, bytes })),
    { path: 'oci-layout', bytes: '{"imageLayoutVersion":"1.0.0"}' },
  ],
}

describe.each(Object.entries(LAYOUTS))('in %s', (_, layout) => {
  const read = async (...layers: readonly (Buffer | Promise<Buffer>)[]) => {
    const archive = tarOfEntries(layout(await Promise.all(layers)))
    const { config, holdsCertificates } = await readImageArchive(archive, search)
    expect(String(config)).toBe(CONFIG)
    return holdsCertificates
  }

  test('a copy of the file is found wherever it is, packed or not', async () => {
    expect(await read(layerOf('a'), layerOf(FILLING, BUNDLE))).toBe(true)
    expect(await read(layerOf(BUNDLE), layerOf('a'))).toBe(true)
    expect(await read(gzipSync(await layerOf(FILLING, BUNDLE), { level: 1 }))).toBe(true)
    expect(await read(zstdCompressSync(await layerOf(BUNDLE, FILLING)))).toBe(true)
  })

  test('so are the certificates in a key store, which holds them as they are signed', async () => {
    expect(await read(layerOf(Buffer.concat([FILLING, PROXY ?? FILLING, OTHER ?? FILLING])))).toBe(
      true,
    )
  })

  test('public ones, and one of several, are in layers for reasons of their own', async () => {
    expect(await read(layerOf(FILLING, PUBLIC ?? FILLING))).toBe(false)
    expect(await read(layerOf(OTHER ?? FILLING), layerOf(PROXY ?? FILLING))).toBe(false)
  })
})

test('a bundle of public certificates has nothing to look for', () => {
  const nothing = CertificateSearch.for(BUNDLE, [BUNDLE])
  expect(nothing.hasAny).toBe(false)
  expect(nothing.begin().isFound()).toBe(false)
})

test('what the builder notes for itself is not part of the image', () => {
  const config = { Env: ['A=1'], Image: 'sha256:step', Labels: { a: 'b' } }
  const image = {
    architecture: 'amd64',
    config,
    container: 'c',
    container_config: config,
    rootfs: { type: 'layers', diff_ids: ['sha256:1', 'sha256:2'] },
    history: [{ created_by: '|1 SSL_CERT_FILE=/etc/hostname /bin/sh -c x' }],
  }
  const { bytes, layers } = cleanConfig(Buffer.from(JSON.stringify(image)))
  expect(layers).toBe(2)
  expect(JSON.parse(String(bytes))).toEqual({
    architecture: 'amd64',
    config: { Env: ['A=1'], Labels: { a: 'b' } },
    rootfs: image.rootfs,
    history: [{ created_by: '/bin/sh -c x' }],
  })
})
