import { expect, test } from 'vitest'
import { type BinaryName, pinOf, versionIn } from './binary-pins.ts'

const NAMES: readonly BinaryName[] = ['temporal', 'nats-server']

test('every program is pinned by content on every supported platform, each build once', () => {
  const sums = NAMES.flatMap((name) =>
    ['linux-x64', 'linux-arm64'].flatMap((platform) => {
      const pin = pinOf(name, platform)
      expect(pin.archive.url).toContain(pin.version)
      return [pin.sha256, pin.archive.sha256, pin.wheel.sha256]
    }),
  )
  for (const sum of sums) expect(sum).toMatch(/^[0-9a-f]{64}$/)
  expect(new Set(sums).size).toBe(sums.length)
})

test('a platform without a pin is refused by name', () => {
  expect(() => pinOf('temporal', 'darwin-arm64')).toThrow(
    expect.objectContaining({
      code: 'prerequisite.missing',
      message: expect.stringContaining('darwin-arm64'),
    }),
  )
})

test.for([
  ['temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)', '1.9.1'],
  ['nats-server: v2.15.1', '2.15.1'],
  ['nats-server: v2.15.0-RC.2', '2.15.0-RC.2'],
  ['command not found', undefined],
] as const)('%s is version %s', ([output, version]) => {
  expect(versionIn(output)).toBe(version)
})
