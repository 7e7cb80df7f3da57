import { expect, test } from 'vitest'
import { addressesOf } from './addresses.ts'
import { homeLayout } from './home.ts'
import { standardLayout } from './stack-parts.ts'

function partsWith(external: Parameters<typeof standardLayout.portNames>[0], workers = 1) {
  const names = standardLayout.portNames(external, workers)
  const ports = Object.fromEntries(names.map((name, index) => [name, 20_000 + index]))
  const addresses = addressesOf(ports, { external, workers })
  const home = homeLayout('/state')
  return standardLayout.parts({
    home,
    ports,
    addresses,
    external,
    workers,
    binaries: {},
    modelsFile: '/home/models.yaml',
    keyVariables: ['LAB_KEY'],
  })
}

test('the embedded stack is made of stores first, then the processes that use them', () => {
  const waves = partsWith({}, 2).map(({ name, wave }) => [name, wave])
  expect(waves).toEqual([
    ['temporal', 0],
    ['nats', 0],
    ['clickhouse', 0],
    ['coordinator', 1],
    ['sink', 1],
    ['worker', 1],
    ['worker-2', 1],
  ])
})

test('a server of your own is used in place of the embedded part', () => {
  const external = {
    temporal: 'temporal.lab:7233',
    nats: 'nats://n:4222',
    clickhouse: 'http://c:8123',
  }
  const parts = partsWith(external)
  expect(parts.map((part) => part.name)).toEqual(['coordinator', 'sink', 'worker'])
  for (const part of parts) {
    expect(part.env).toMatchObject({
      SBENCH_TEMPORAL_ADDRESS: external.temporal,
      SBENCH_NATS_URL: external.nats,
      SBENCH_CLICKHOUSE_URL: external.clickhouse,
    })
  }
})

test('nothing of the stack listens beyond loopback', () => {
  const told = JSON.stringify(partsWith({}, 3))
  expect(told).not.toMatch(/0\.0\.0\.0|\[::\]/)
  expect(partsWith({}).every((part) => JSON.stringify(part).includes('127.0.0.1'))).toBe(true)
})

test('both waves together have less than five seconds to end', () => {
  const parts = partsWith({})
  const longest = [0, 1].map((wave) =>
    Math.max(...parts.filter((part) => part.wave === wave).map((part) => part.stopGraceMs)),
  )
  expect(longest.reduce((sum, grace) => sum + grace, 0)).toBeLessThan(5_000)
})

test('keys of providers reach the workers and nothing else', () => {
  const parts = partsWith({})
  const withheld = parts.map(({ name, withheld = [] }) => [name, withheld.includes('LAB_KEY')])
  expect(withheld.filter(([, isWithheld]) => isWithheld !== true)).toEqual([['worker', false]])
})
